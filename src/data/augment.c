#include "data/augment.h"
#include <stdio.h>
#include <string.h>

bool sv_augments(const sv_augment *a)
{
    return a->horizontal_flip == SV_ON || a->vertical_flip == SV_ON || a->rotate90 == SV_ON || a->random_crop > 0;
}

/* A whole number below `bound` from 32 random bits. */
static int scaled(uint32_t word, int bound)
{
    return (int)((uint64_t)word * (uint64_t)bound >> 32);
}

sv_turn sv_turn_of(const sv_augment *a, const sv_stream *s, uint32_t epoch, uint32_t position)
{
    uint32_t word[4];
    sv_stream_block(s, 0, epoch, position, word);
    sv_turn t = { .flip_columns = a->horizontal_flip == SV_ON && (word[0] & 1), .flip_rows = a->vertical_flip == SV_ON && (word[0] & 2) };
    if (a->rotate90 == SV_ON) t.quarters = word[0] >> 2 & 3;
    if (a->random_crop > 0) {
        t.down = scaled(word[1], 2 * a->random_crop + 1) - a->random_crop;
        t.right = scaled(word[2], 2 * a->random_crop + 1) - a->random_crop;
    }
    return t;
}

static float value_at(const void *raw, sv_pixel pixel, int64_t i)
{
    switch (pixel) {
    case SV_PIXEL_U8: return (float)((const uint8_t *)raw)[i] / 255.0f;
    case SV_PIXEL_U16: return (float)((const uint16_t *)raw)[i] / 65535.0f;
    default: return ((const float *)raw)[i];
    }
}

/* Mirrored at both ends, the edge pixel repeated. */
static int64_t mirrored(int64_t i, int64_t n)
{
    i = (i % (2 * n) + 2 * n) % (2 * n);
    return i < n ? i : 2 * n - 1 - i;
}

/* Which pixel of the sample stands at (i, j): the turn undone, the flips undone, the window moved. */
static int64_t source(const sv_turn *t, int64_t h, int64_t w, int64_t i, int64_t j)
{
    for (int q = 0; q < t->quarters; q++) {
        int64_t old = i;
        i = j;
        j = w - 1 - old;
    }
    if (t->flip_rows) i = h - 1 - i;
    if (t->flip_columns) j = w - 1 - j;
    return mirrored(i + t->down, h) * w + mirrored(j + t->right, w);
}

void sv_pixels_turned(const void *raw, sv_pixel pixel, const sv_shape *shape, const sv_turn *turn, float *to)
{
    int64_t h = shape->dim[0], w = shape->dim[1], c = shape->dim[2];
    for (int64_t i = 0; i < h; i++) {
        for (int64_t j = 0; j < w; j++) {
            int64_t from = source(turn, h, w, i, j) * c;
            for (int64_t k = 0; k < c; k++) *to++ = value_at(raw, pixel, from + k);
        }
    }
}

void sv_pixels_plain(const sv_vectors *v, const void *raw, sv_pixel pixel, int64_t count, float *to)
{
    if (pixel == SV_PIXEL_U8) v->from_u8(count, raw, to);
    else if (pixel == SV_PIXEL_U16) v->from_u16(count, raw, to);
    else memcpy(to, raw, (size_t)count * sizeof(float));
}

bool sv_is_noisy(const sv_noise *n)
{
    return n->stddev > 0 || n->salt_pepper > 0 || n->mask > 0;
}

static sv_stream open_one(uint64_t seed, const char *name, const char *kind)
{
    char full[96];
    snprintf(full, sizeof full, "%s/%s", name, kind);
    return sv_stream_open(seed, "noise", full);
}

sv_noise_streams sv_noise_open(uint64_t seed, const char *name)
{
    return (sv_noise_streams){ open_one(seed, name, "gaussian"), open_one(seed, name, "salt_pepper"), open_one(seed, name, "mask") };
}

enum { BLOCK = 256 };

static int64_t block_of(int64_t at, int64_t count)
{
    return count - at < BLOCK ? count - at : BLOCK;
}

static void add_salt_pepper(const sv_vectors *v, float fraction, const sv_stream *s, uint32_t epoch, uint32_t position, int64_t count, float *x)
{
    float draw[BLOCK];
    for (int64_t at = 0; at < count; at += BLOCK) {
        int64_t n = block_of(at, count);
        v->uniform(s, epoch, position, at, n, draw);
        for (int64_t i = 0; i < n; i++)
            if (draw[i] < fraction) x[at + i] = draw[i] < fraction / 2 ? 0 : 1;
    }
}

static void add_mask(const sv_vectors *v, float fraction, const sv_stream *s, uint32_t epoch, uint32_t position, int64_t pixels, int64_t channels, float *x)
{
    float draw[BLOCK];
    for (int64_t at = 0; at < pixels; at += BLOCK) {
        int64_t n = block_of(at, pixels);
        v->uniform(s, epoch, position, at, n, draw);
        for (int64_t i = 0; i < n; i++)
            if (draw[i] < fraction) memset(x + (at + i) * channels, 0, (size_t)channels * sizeof(float));
    }
}

void sv_noise_add(const sv_vectors *v, const sv_noise *n, const sv_noise_streams *s, uint32_t epoch, uint32_t position, const sv_shape *shape, float *x)
{
    int64_t count = sv_shape_count(shape), channels = sv_shape_channels(shape);
    if (n->stddev > 0) sv_add_normal(v, n->stddev, &s->gaussian, epoch, position, count, x);
    if (n->salt_pepper > 0) add_salt_pepper(v, n->salt_pepper, &s->salt, epoch, position, count, x);
    if (n->mask > 0) add_mask(v, n->mask, &s->mask, epoch, position, count / channels, channels, x);
}
