/* The windows of both poolings. */
#ifndef SV_OPS_POOL_H
#define SV_OPS_POOL_H
#include "ops/op.h"

/* State of a pooling layer. */
typedef struct sv_pool {
    int64_t h, w, c, out_h, out_w;
    int64_t size[2], stride[2];
    int64_t before[2]; /* padding before the first row and column */
} sv_pool;

/* Output, padding and state of a layer with sv_pool_args. Per axis, n pixels, window k, stride s:
 * same: out = ceil(n / s), padded by max((out - 1) s + k - n, 0), the odd pixel after (Keras);
 * valid and explicit: out = floor((n + before + after - k) / s) + 1. Explicit padding before is less than k; after it may be
 * more (PyTorch's ceil_mode asks for that), but no window may lie in padding altogether. */
sv_status sv_pool_infer(sv_inference *i, sv_fault *fault);

/* The pixels of the image in the window of output pixel (row, column); never none. */
sv_pixels sv_pool_window(const sv_pool *p, int64_t row, int64_t column);

#endif
