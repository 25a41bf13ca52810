/* Rows of an image copied with zeros around them. */
#include "kernels/native/tiles.h"

SV_INLINE float *zeros(int64_t count, float *to)
{
    int64_t k = 0;
    for (; k + WIDTH <= count; k += WIDTH) store(to + k, all(0));
    if (k < count) store_first(to + k, all(0), (int)(count - k));
    return to + count;
}

SV_INLINE float *copy(int64_t count, const float *from, float *to)
{
    int64_t k = 0;
    for (; k + WIDTH <= count; k += WIDTH) store(to + k, load(from + k));
    if (k < count) store_first(to + k, load_first(from + k, (int)(count - k)), (int)(count - k));
    return to + count;
}

void SV_VECTOR(native_pad)(int64_t rows, int64_t before, int64_t count, int64_t after, const float *from, int64_t step, float *to)
{
    for (; rows > 0; rows--, from += step) {
        to = zeros(before, to);
        to = copy(count, from, to);
        to = zeros(after, to);
    }
}
