/* Results of few channels: pixels that stand side by side in planes are the lanes, and each channel's weights are spread. */
#include "kernels/native/tiles.h"

/* Vectors of pixels by the number of channels of a tile, as many as the registers hold; what is less than half of
 * them goes one by one. */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { CHANNELS = 6, WITH_1 = 8, WITH_2 = 8, WITH_3 = 6, WITH_4 = 6, WITH_5 = 4, WITH_6 = 4 };
#elif defined(__AVX2__)
enum { CHANNELS = 4, WITH_1 = 6, WITH_2 = 4, WITH_3 = 3, WITH_4 = 3 };
#else
enum { CHANNELS = 2, WITH_1 = 2, WITH_2 = 2 };
#endif
enum { MOST = 8 };

SV_INLINE void tile(const int channels, const int vectors, const sv_planar *p, int first, int64_t pixel)
{
    lanes acc[CHANNELS][MOST];
    const float *from = p->from + pixel, *w = p->weights + first;
    float *to = p->to + first * p->plane + pixel;
    UNROLL for (int c = 0; c < channels; c++)
    {
        const lanes start = all(p->bias ? p->bias[first + c] : 0);
        UNROLL for (int v = 0; v < vectors; v++) acc[c][v] = start;
    }
    for (const int64_t *k = p->offset, *end = k + p->terms; k < end; k++, w += p->step) {
        lanes x[MOST];
        UNROLL for (int v = 0; v < vectors; v++) x[v] = load_once(from + *k + v * WIDTH);
        UNROLL for (int c = 0; c < channels; c++)
        {
            const lanes weight = all(w[c]);
            UNROLL for (int v = 0; v < vectors; v++) acc[c][v] = multiply_add(x[v], weight, acc[c][v]);
        }
    }
    UNROLL for (int c = 0; c < channels; c++) UNROLL for (int v = 0; v < vectors; v++)
    {
        float *at = to + c * p->plane + v * WIDTH;
        if (p->add) acc[c][v] = plus(load(at), acc[c][v]);
        store(at, p->rectify ? rectify(acc[c][v]) : acc[c][v]);
    }
}

#define INSTANCE(n)                                                                                                                \
    static void with_##n(const sv_planar *p, int first)                                                                            \
    {                                                                                                                              \
        int64_t pixel = 0;                                                                                                         \
        for (; pixel + WITH_##n / 2 * WIDTH < p->pixels; pixel += WITH_##n * WIDTH) tile(n, WITH_##n, p, first, pixel);            \
        for (; pixel < p->pixels; pixel += WIDTH) tile(n, 1, p, first, pixel);                                                     \
    }

INSTANCE(1)
INSTANCE(2)
#if defined(__AVX2__) || defined(__aarch64__)
INSTANCE(3)
INSTANCE(4)
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
INSTANCE(5)
INSTANCE(6)
#endif

typedef void instance(const sv_planar *p, int first);

static instance *const with[] = {
    with_1, with_2,
#if defined(__AVX2__) || defined(__aarch64__)
    with_3, with_4,
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
    with_5, with_6,
#endif
};

void SV_VECTOR(native_planar)(const sv_planar *p)
{
    for (int first = 0, channels; first < p->channels; first += channels) {
        channels = share(p->channels - first, CHANNELS);
        with[channels - 1](p, first);
    }
}
