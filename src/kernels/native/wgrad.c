/*
 * wgrad: tiles of dV, each summed over all pixels before the next. A tile's rows are floats of a patch that lie side by side in
 * the big image: those of one row of the kernel, or of one tap where dilation or groups part them. Where they are fewer than a
 * tile has, patches are written out first, so that a tile takes rows of several taps.
 */
#include "kernels/native/native.h"
#include <string.h>

enum {
    IMAGES_FLOATS = 128 * 1024, /* of windows and patches of several images */
    WRITTEN_OUT = 12            /* patches are, where their runs are shorter */
};

/* What follows from the geometry. */
typedef struct frame {
    int64_t big_c, small_c;       /* channels of a group */
    int64_t height, width, image; /* of the window, and the floats to copy of it */
    int64_t run, runs;            /* neighbouring floats of a patch, and how many such runs it has in a row of the kernel */
    int64_t patch, patches;       /* floats of a patch, and of an image's patches where they are written out */
    int64_t images;               /* at a time */
} frame;

static sv_window whole_window(const sv_conv_geometry *g, const frame *f, int64_t images)
{
    return (sv_window){ .images = images,
                        .image_height = g->big_h,
                        .image_width = g->big_w,
                        .channels = g->big_c,
                        .top = -g->top,
                        .left = -g->left,
                        .height = f->height,
                        .width = f->width };
}

static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .big_c = g->big_c / g->groups, .small_c = g->small_c / g->groups };
    bool joined = g->groups == 1 && (g->dw == 1 || g->kw == 1);
    f.height = (int64_t)(g->small_h - 1) * g->sh + (int64_t)(g->kh - 1) * g->dh + 1;
    f.width = (int64_t)(g->small_w - 1) * g->sw + (int64_t)(g->kw - 1) * g->dw + 1;
    f.run = joined ? g->kw * f.big_c : f.big_c;
    f.runs = joined ? 1 : g->kw;
    f.patch = (int64_t)g->kh * g->kw * f.big_c;
    if (f.run < WRITTEN_OUT && f.run < f.patch) f.patches = (int64_t)g->small_h * g->small_w * f.patch;
    sv_window w = whole_window(g, &f, 1);
    f.image = sv_window_floats(&w);
    f.images = sv_most(IMAGES_FLOATS / (f.height * f.width * g->big_c + f.patches), 1);
    return f;
}

int64_t sv_native_wgrad_workspace(const sv_conv_geometry *g, int samples)
{
    frame f = frame_of(g);
    return sv_least(f.images, samples) * (f.image + f.patches);
}

/* With `run` a constant a copy becomes a few moves. */
static inline __attribute__((always_inline)) void copy_each(int64_t count, int64_t run, float *to, int64_t to_step,
                                                            const float *from, int64_t from_step)
{
    for (int64_t k = 0; k < count; k++) memcpy(to + k * to_step, from + k * from_step, (size_t)run * sizeof *to);
}

static void copy_runs(int64_t count, int64_t run, float *to, int64_t to_step, const float *from, int64_t from_step)
{
    switch (run) {
    case 1:
        copy_each(count, 1, to, to_step, from, from_step);
        break;
    case 2:
        copy_each(count, 2, to, to_step, from, from_step);
        break;
    case 3:
        copy_each(count, 3, to, to_step, from, from_step);
        break;
    case 4:
        copy_each(count, 4, to, to_step, from, from_step);
        break;
    case 5:
        copy_each(count, 5, to, to_step, from, from_step);
        break;
    case 9:
        copy_each(count, 9, to, to_step, from, from_step);
        break;
    default:
        copy_each(count, run, to, to_step, from, from_step);
    }
}

/* The patches of one group: [images][small pixels][patch]. */
static void write_patches(const sv_conv_geometry *g, const frame *f, const sv_window *w, int group, float *to)
{
    for (int64_t row = 0; row < w->images * g->small_h; row++) {
        const float *from = w->pixels + row / g->small_h * w->image + row % g->small_h * g->sh * w->row + group * f->big_c;
        float *patch = to + row * g->small_w * f->patch;
        for (int64_t u = 0; u < g->kh; u++)
            for (int64_t v = 0; v < f->runs; v++, patch += f->run)
                copy_runs(g->small_w, f->run, patch, f->patch, from + u * g->dh * w->row + v * g->dw * g->big_c,
                          (int64_t)g->sw * g->big_c);
    }
}

/* The tiles of `rows` neighbouring floats of all patches; t holds the rest, and of these floats the first. */
static void run_tiles(const sv_native *n, sv_wgrad t, int64_t rows)
{
    for (int64_t r = 0; r < rows; r += n->wgrad_rows) {
        t.rows = (int)sv_least(n->wgrad_rows, rows - r);
        n->wgrad(&t);
        t.x += n->wgrad_rows;
        t.to += n->wgrad_rows * t.to_step;
    }
}

/* One panel of small channels, from patches in the window. */
static void from_window(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_window *w, int group, sv_wgrad t)
{
    t.x_image = w->image, t.x_row = g->sh * w->row, t.x_column = (int64_t)g->sw * g->big_c;
    for (int64_t u = 0; u < g->kh; u++)
        for (int64_t v = 0; v < f->runs; v++, t.to += f->run * t.to_step) {
            t.x = w->pixels + group * f->big_c + u * g->dh * w->row + v * g->dw * g->big_c;
            run_tiles(n, t, f->run);
        }
}

static void from_patches(const sv_native *n, const sv_conv_geometry *g, const frame *f, const float *patches, sv_wgrad t)
{
    t.x = patches;
    t.x_column = f->patch, t.x_row = g->small_w * f->patch, t.x_image = f->patches;
    run_tiles(n, t, f->patch);
}

/* Some images: w is their window, `patches` memory for their patches. */
static void run_images(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_window *w, const float *small,
                       float *dv, float *patches)
{
    int64_t row = (int64_t)g->small_w * g->small_c;
    for (int group = 0; group < g->groups; group++) {
        if (f->patches) write_patches(g, f, w, group, patches);
        for (int64_t o = 0; o < f->small_c; o += n->panel) {
            int64_t at = group * f->small_c + o;
            sv_wgrad t = { .samples = w->images,
                           .y_image = g->small_h * row,
                           .height = g->small_h,
                           .width = g->small_w,
                           .y_row = row,
                           .y_column = g->small_c,
                           .y = small + at,
                           .channels = (int)sv_least(n->panel, f->small_c - o),
                           .to = dv + at,
                           .to_step = g->small_c };
            if (f->patches)
                from_patches(n, g, f, patches, t);
            else
                from_window(n, g, f, w, group, t);
        }
    }
}

void sv_native_wgrad(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                     float *workspace)
{
    frame f = frame_of(g);
    for (int64_t n = 0; n < samples; n += f.images) {
        sv_window w = whole_window(g, &f, sv_least(f.images, samples - n));
        sv_window_open(&w, big + n * g->big_h * g->big_w * g->big_c, workspace);
        run_images(k->native, g, &f, &w, small + n * g->small_h * g->small_w * g->small_c, dv, workspace + sv_window_floats(&w));
    }
}
