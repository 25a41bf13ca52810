#include "ops/border.h"
#include <string.h>

const char *const sv_border_names[] = { "zeros", "reflect", "replicate", "circular", NULL };

static sv_status check_side(sv_border border, const char *side, int padding, int64_t size, sv_fault *fault)
{
    if (border == SV_REFLECT && padding >= size)
        return sv_fail(fault, SV_BAD_ARGUMENT, "padding: reflect needs less than the %lld pixels of the input, got %d at the %s",
                       (long long)size, padding, side);
    if (border == SV_CIRCULAR && padding > size)
        return sv_fail(fault, SV_BAD_ARGUMENT, "padding: circular takes at most the %lld pixels of the input, got %d at the %s",
                       (long long)size, padding, side);
    return SV_OK;
}

sv_status sv_border_check(sv_border border, const sv_shape *image, sv_sides sides, sv_fault *fault)
{
    sv_shape padded = sv_border_shape(image, sides);
    for (int axis = 0; axis < 2; axis++)
        if (padded.dim[axis] < 1)
            return sv_fail(fault, SV_BAD_ARGUMENT, "padding: takes %lld pixels off an input of %s %lld, nothing is left",
                           (long long)(image->dim[axis] - padded.dim[axis]), axis ? "width" : "height",
                           (long long)image->dim[axis]);
    if (check_side(border, "top", sides.top, image->dim[0], fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (check_side(border, "bottom", sides.bottom, image->dim[0], fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (check_side(border, "left", sides.left, image->dim[1], fault) != SV_OK) return SV_BAD_ARGUMENT;
    return check_side(border, "right", sides.right, image->dim[1], fault);
}

sv_shape sv_border_shape(const sv_shape *image, sv_sides sides)
{
    return sv_shape3(image->dim[0] + sides.top + sides.bottom, image->dim[1] + sides.left + sides.right, image->dim[2]);
}

/* Where pixel `at` of an axis of `size` pixels comes from; -1 for a zero. */
static int64_t source(sv_border border, int64_t at, int64_t size)
{
    if (at >= 0 && at < size) return at;
    switch (border) {
    case SV_REFLECT: return at < 0 ? -at : 2 * (size - 1) - at;
    case SV_REPLICATE: return at < 0 ? 0 : size - 1;
    case SV_CIRCULAR: return at < 0 ? at + size : at - size;
    default: return -1;
    }
}

/* The columns [from, to) of a padded row that lie inside the image. */
static void inner_columns(const sv_shape *image, sv_sides sides, int64_t width, int64_t *from, int64_t *to)
{
    *from = sides.left > 0 ? sides.left : 0;
    *to = sides.left + image->dim[1] < width ? sides.left + image->dim[1] : width;
}

static void pad_row(sv_border border, const sv_shape *image, sv_sides sides, int64_t width, const float *row, float *padded)
{
    int64_t channels = image->dim[2], from, to;
    size_t pixel = (size_t)channels * sizeof(float);
    inner_columns(image, sides, width, &from, &to);
    for (int64_t j = 0; j < width; j++) {
        if (j == from && from < to) {
            memcpy(padded + j * channels, row + (j - sides.left) * channels, (size_t)(to - from) * pixel);
            j = to - 1;
            continue;
        }
        int64_t at = source(border, j - sides.left, image->dim[1]);
        if (at < 0)
            memset(padded + j * channels, 0, pixel);
        else
            memcpy(padded + j * channels, row + at * channels, pixel);
    }
}

static void fold_row(const sv_vectors *k, sv_border border, const sv_shape *image, sv_sides sides, int64_t width,
                     const float *padded, float *row)
{
    int64_t channels = image->dim[2], from, to;
    inner_columns(image, sides, width, &from, &to);
    for (int64_t j = 0; j < width; j++) {
        if (j == from && from < to) {
            k->add((to - from) * channels, row + (j - sides.left) * channels, padded + j * channels);
            j = to - 1;
            continue;
        }
        int64_t at = source(border, j - sides.left, image->dim[1]);
        if (at >= 0) k->add(channels, row + at * channels, padded + j * channels);
    }
}

void sv_border_pad(sv_border border, const sv_shape *image, sv_sides sides, int samples, const float *images, float *padded)
{
    sv_shape out = sv_border_shape(image, sides);
    int64_t row = image->dim[1] * image->dim[2], out_row = out.dim[1] * out.dim[2];
    for (int64_t r = 0; r < samples * out.dim[0]; r++, padded += out_row) {
        int64_t at = source(border, r % out.dim[0] - sides.top, image->dim[0]);
        if (at < 0)
            memset(padded, 0, (size_t)out_row * sizeof(float));
        else
            pad_row(border, image, sides, out.dim[1], images + (r / out.dim[0] * image->dim[0] + at) * row, padded);
    }
}

void sv_border_fold(const sv_vectors *k, sv_border border, const sv_shape *image, sv_sides sides, int samples, const float *padded,
                    float *images)
{
    sv_shape out = sv_border_shape(image, sides);
    int64_t row = image->dim[1] * image->dim[2], out_row = out.dim[1] * out.dim[2];
    for (int64_t r = 0; r < samples * out.dim[0]; r++, padded += out_row) {
        int64_t at = source(border, r % out.dim[0] - sides.top, image->dim[0]);
        if (at >= 0) fold_row(k, border, image, sides, out.dim[1], padded, images + (r / out.dim[0] * image->dim[0] + at) * row);
    }
}
