#include "kernels/native/native.h"

static bool is_copied(const sv_window *w)
{
    if (w->height <= 0 || w->width <= 0) return false;
    return w->top < 0 || w->left < 0 || w->top + w->height > w->image_height || w->left + w->width > w->image_width;
}

sv_window sv_window_of_patches(const sv_conv_geometry *g, int64_t images, sv_rect small)
{
    return (sv_window){ .images = images,
                        .image_height = g->big_h,
                        .image_width = g->big_w,
                        .channels = g->big_c,
                        .top = small.row * g->sh - g->top,
                        .left = small.column * g->sw - g->left,
                        .height = (small.rows - 1) * g->sh + (int64_t)(g->kh - 1) * g->dh + 1,
                        .width = (small.columns - 1) * g->sw + (int64_t)(g->kw - 1) * g->dw + 1 };
}

int64_t sv_window_floats(const sv_window *w)
{
    return is_copied(w) ? w->images * w->height * w->width * w->channels : 0;
}

static void copy(const sv_native *n, const sv_window *w, const float *image, float *to)
{
    int64_t above = sv_least(sv_most(-w->top, 0), w->height);
    int64_t below = sv_least(sv_most(w->top + w->height - w->image_height, 0), w->height - above), rows = w->height - above - below;
    int64_t before = sv_least(sv_most(-w->left, 0), w->width);
    int64_t after = sv_least(sv_most(w->left + w->width - w->image_width, 0), w->width - before),
            columns = w->width - before - after;
    const float *from = rows && columns ? image + ((w->top + above) * w->image_width + w->left + before) * w->channels : image;
    n->pad(1, above * w->row, 0, 0, image, 0, to);
    n->pad(rows, before * w->channels, columns * w->channels, after * w->channels, from, w->image_width * w->channels,
           to + above * w->row);
    n->pad(1, below * w->row, 0, 0, image, 0, to + (above + rows) * w->row);
}

void sv_window_open(const sv_native *n, sv_window *w, const float *images, float *space)
{
    int64_t row = w->image_width * w->channels, image = w->image_height * row;
    if (!is_copied(w)) {
        w->row = row, w->image = image, w->pixels = images;
        if (w->height > 0 && w->width > 0) w->pixels += w->top * row + w->left * w->channels;
        return;
    }
    w->row = w->width * w->channels, w->image = w->height * w->row, w->pixels = space;
    for (int64_t k = 0; k < w->images; k++) copy(n, w, images + k * image, space + k * w->image);
}
