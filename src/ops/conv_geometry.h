/* Where a convolution layer's words ("same", output_padding, ...) become numbers: explicit padding of a convolution,
 * explicit crop of a transposed one's full output (n - 1) stride + (kernel - 1) dilation + 1. Formulas: Keras's for the
 * words, PyTorch's for numbers. Every error is in words and begins with the argument at fault. */
#ifndef SV_OPS_CONV_GEOMETRY_H
#define SV_OPS_CONV_GEOMETRY_H
#include "ops/op.h"
#include <math.h>

/* Rows that the argument tables of both kinds begin with, and those that follow on the padding. */
#define SV_CONV_FIRST_ROWS(args)                                                                                                 \
    { .key = "filters", .type = SV_ARG_INT, .offset = offsetof(args, filters), .required = true, .minimum = 1, .maximum = 1e9,   \
      .fallback_torch = NAN, .doc = "channels of the output" },                                                                  \
    { .key = "kernel_size", .type = SV_ARG_PAIR, .offset = offsetof(args, kernel), .required = true, .minimum = 1,               \
      .maximum = 1e9, .fallback_torch = NAN, .doc = "height and width of the kernel" }
#define SV_CONV_LATER_ROWS(args)                                                                                                \
    { .key = "dilation_rate", .type = SV_ARG_PAIR, .offset = offsetof(args, dilation), .minimum = 1, .maximum = 1e9,             \
      .fallback = 1, .fallback_torch = NAN, .doc = "pixels from one tap of the kernel to the next" },                            \
    { .key = "groups", .type = SV_ARG_INT, .offset = offsetof(args, groups), .minimum = 1, .maximum = 1e9, .fallback = 1,        \
      .fallback_torch = NAN, .doc = "channels are split into so many convolutions side by side" }

/* The arguments of a convolution layer that shape it; the same for both kinds. */
typedef struct sv_conv_words {
    int filters, groups;
    const int *kernel, *strides, *dilation; /* [2]: height, width */
    sv_padding padding;
    sv_output_padding output_padding; /* of a transposed convolution */
} sv_conv_words;

/* What they resolve to for one input. */
typedef struct sv_conv_numbers {
    sv_shape output;
    sv_sides sides; /* padding of the input, or crop of the full output; negative takes off, or extends */
    sv_conv_geometry geometry; /* with zeros around the big image */
} sv_conv_numbers;

/* The input is an image [H,W,C]. */
sv_status sv_conv_resolve(const sv_conv_words *w, const sv_shape *input, sv_conv_numbers *numbers, sv_fault *fault);
sv_status sv_conv_transpose_resolve(const sv_conv_words *w, const sv_shape *input, sv_conv_numbers *numbers, sv_fault *fault);

/* Kernel [kh,kw,big_c/groups,small_c] and the fans of a convolution from big to small; transposed: from small to big. */
sv_shape sv_conv_kernel_shape(const sv_conv_geometry *g);
sv_fans sv_conv_fans(const sv_conv_geometry *g, bool transposed);
sv_kernel_role sv_conv_role(const sv_conv_words *w, bool transposed);

/* Workspace and packed sizes of an inference. `forward`: the primitive that computes the layer; its gradient is the other. */
void sv_conv_space(sv_inference *i, const sv_conv_geometry *g, sv_direction forward);
static inline sv_direction sv_conv_direction(sv_direction forward, bool backward)
{
    return (forward == SV_DOWN) != backward ? SV_DOWN : SV_UP;
}

/* The geometry that a convolution layer of either kind resolved to: what its state begins with. */
static inline const sv_conv_geometry *sv_conv_geometry_of(const sv_inference *i)
{
    return (const sv_conv_geometry *)(const void *)i->state;
}

/* Multiply-adds of one sample: one product per small pixel, tap and pair of joined channels. */
double sv_conv_multiply_adds(const sv_conv_geometry *g);

#endif
