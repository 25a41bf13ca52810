/* What augmentation does to one sample, and its pixels as floats. */
#ifndef SV_DATA_AUGMENT_H
#define SV_DATA_AUGMENT_H
#include "base/rng.h"
#include "data/loader.h"

/* One sample's decisions. */
typedef struct sv_turn {
    bool flip_rows, flip_columns;
    int quarters;    /* turns by 90 degrees, counter-clockwise */
    int down, right; /* the window moves by so many pixels */
} sv_turn;

bool sv_augments(const sv_augment *a);
/* Decisions of the sample at `position` of an epoch: a function of stream, epoch and position alone. */
sv_turn sv_turn_of(const sv_augment *a, const sv_stream *s, uint32_t epoch, uint32_t position);

/* A raw sample of `shape` as floats in [0,1] (float32 as it is), turned. Pixels beyond an edge are mirrored ones. */
void sv_pixels_turned(const void *raw, sv_pixel pixel, const sv_shape *shape, const sv_turn *turn, float *to);
/* The same as it lies. */
void sv_pixels_plain(const sv_vectors *v, const void *raw, sv_pixel pixel, int64_t count, float *to);

/* Streams of the three kinds of noise. */
typedef struct sv_noise_streams {
    sv_stream gaussian, salt, mask;
} sv_noise_streams;
bool sv_is_noisy(const sv_noise *n);
sv_noise_streams sv_noise_open(uint64_t seed, const char *name);
/* Adds the noise of the sample at `position` to x [pixels, channels]. Values are not clipped. */
void sv_noise_add(const sv_vectors *v, const sv_noise *n, const sv_noise_streams *s, uint32_t epoch, uint32_t position, const sv_shape *shape, float *x);

#endif
