/* Norms and clipping of gradients. No result depends on the number of threads. */
#ifndef SV_OPTIM_CLIP_H
#define SV_OPTIM_CLIP_H
#include "optim/optim.h"

/* The Euclidean norm of all gradients, in double, over fixed blocks and a fixed tree. */
double sv_gradient_norm(const sv_vectors *v, const sv_flat *f, int threads);

/* Cuts elements (clipvalue), then the norm of each span (clipnorm), in place. Returns the factor that global_clipnorm asks of
 * all gradients thereafter (1: none), for the caller to apply; `norm` is the norm before clipping. */
float sv_clip(const sv_optimizer *o, const sv_vectors *v, const sv_flat *f, int threads, double norm);

#endif
