#include "kernels/native/native.h"
#include <string.h>

static bool is_copied(const sv_window *w)
{
    if (w->height <= 0 || w->width <= 0) return false;
    return w->top < 0 || w->left < 0 || w->top + w->height > w->image_height || w->left + w->width > w->image_width;
}

int64_t sv_window_floats(const sv_window *w)
{
    return is_copied(w) ? w->images * w->height * w->width * w->channels : 0;
}

/* One row: zeros, what the image has, zeros. */
static void copy_row(const sv_window *w, const float *row, float *to)
{
    int64_t first = sv_least(sv_most(-w->left, 0), w->width);
    int64_t last = sv_most(sv_least(w->image_width - w->left, w->width), first);
    size_t pixel = (size_t)w->channels * sizeof *to;
    memset(to, 0, (size_t)first * pixel);
    if (first < last) memcpy(to + first * w->channels, row + (w->left + first) * w->channels, (size_t)(last - first) * pixel);
    memset(to + last * w->channels, 0, (size_t)(w->width - last) * pixel);
}

static void copy(const sv_window *w, const float *image, float *to)
{
    for (int64_t y = w->top; y < w->top + w->height; y++, to += w->row) {
        if (y >= 0 && y < w->image_height)
            copy_row(w, image + y * w->image_width * w->channels, to);
        else
            memset(to, 0, (size_t)w->row * sizeof *to);
    }
}

void sv_window_open(sv_window *w, const float *images, float *space)
{
    int64_t row = w->image_width * w->channels, image = w->image_height * row;
    if (!is_copied(w)) {
        w->row = row, w->image = image, w->pixels = images;
        if (w->height > 0 && w->width > 0) w->pixels += w->top * row + w->left * w->channels;
        return;
    }
    w->row = w->width * w->channels, w->image = w->height * w->row, w->pixels = space;
    for (int64_t n = 0; n < w->images; n++) copy(w, images + n * image, space + n * w->image);
}
