/* PyTorch's CPU generator and what uniform_, normal_ and trunc_normal_ draw from it, bit for bit what PyTorch (2.12 and newer;
 * uniform_ and normal_ since 1.13) gives on x86-64 with AVX2. Sources read: ATen/core/MT19937RNGEngine.h,
 * ATen/native/cpu/DistributionTemplates.h and avx_mathfun.h, torch/nn/init.py. */
#ifndef SV_INIT_TORCH_H
#define SV_INIT_TORCH_H
#include "base/mt19937.h"
#include "init/source.h"

typedef struct sv_torch {
    sv_mt19937 engine;
    bool has_spare; /* the second of a pair of normals is kept for the next tensor of fewer than 16 */
    double spare;
} sv_torch;

/* torch.manual_seed(seed). */
void sv_torch_seed(sv_torch *g, uint64_t seed);

/* Tensors are drawn in PyTorch's layouts, [out, in/g, kh, kw], [in, out/g, kh, kw] and [out, in], and turned to Keras's. */
sv_random_source sv_source_torch(sv_torch *g);

/* uniform_(minimum, maximum) and normal_(mean, stddev) of a contiguous float32 tensor. */
void sv_torch_uniform(sv_torch *g, int64_t count, double minimum, double maximum, float *out);
void sv_torch_normal(sv_torch *g, int64_t count, double mean, double stddev, float *out);

#endif
