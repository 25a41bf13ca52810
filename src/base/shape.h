/* Shapes of one sample: [H,W,C] or [units]. */
#ifndef SV_BASE_SHAPE_H
#define SV_BASE_SHAPE_H
#include "base/status.h"

sv_shape sv_shape1(int64_t units);
sv_shape sv_shape3(int64_t height, int64_t width, int64_t channels);
sv_shape sv_shape4(int64_t a, int64_t b, int64_t c, int64_t d);

/* How a convolution reads its kernel [kh,kw,.,.]: what the initializers need that look at positions. All zero: the parameter is
 * no such kernel. */
typedef struct sv_kernel_role {
    bool transposed;
    int strides[2], dilation[2];
    int groups;
} sv_kernel_role;

/* Number of elements; -1 where a dimension is below 1 or the product exceeds 2^40. */
int64_t sv_shape_count(const sv_shape *s);
bool sv_shape_equal(const sv_shape *a, const sv_shape *b);
/* The last dimension: channels of an image, units of a vector. */
int64_t sv_shape_channels(const sv_shape *s);

/* "[28,28,1]" into `text` (at least SV_SHAPE_TEXT bytes). Returns text. */
#define SV_SHAPE_TEXT 96
const char *sv_shape_text(const sv_shape *s, char *text);

#endif
