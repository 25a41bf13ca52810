#include "kernels/native/native.h"

/* Floats of a band's copy: what stays in a second-level cache beside a panel of weights. */
enum { BAND_FLOATS = 64 * 1024 };

sv_bands sv_bands_of(int64_t height, int64_t fixed_floats, int64_t row_floats)
{
    sv_bands s = { height, BAND_FLOATS / (fixed_floats + height * row_floats), height };
    if (s.most_images > 0) return s;
    int64_t rows = sv_most((BAND_FLOATS - fixed_floats) / row_floats, 1), parts = (height + rows - 1) / rows;
    s.most_images = 1;
    s.most_rows = (height + parts - 1) / parts;
    return s;
}

bool sv_bands_next(const sv_bands *s, int64_t samples, sv_band *b)
{
    if (b->images && b->row + b->rows < s->height) {
        b->row += b->rows;
    } else {
        b->first += b->images;
        b->row = 0;
    }
    if (b->first >= samples) return false;
    b->images = sv_least(s->most_images, samples - b->first);
    b->rows = sv_least(s->most_rows, s->height - b->row);
    return true;
}

int64_t sv_bands_floats(const sv_bands *s, int64_t samples, int64_t fixed_floats, int64_t row_floats)
{
    return sv_least(s->most_images, samples) * (fixed_floats + s->most_rows * row_floats);
}
