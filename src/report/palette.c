/* Colours of numbers. */
#include "report/picture.h"
#include "report/samples.h"
#include <math.h>

/* ColorBrewer's RdBu (Brewer, Harrower), turned round: the colour-blind tell its ends apart. */
static void diverging(double v, uint8_t rgb[3])
{
    static const uint8_t stop[9][3] = { { 33, 102, 172 },  { 67, 147, 195 },  { 146, 197, 222 },
                                        { 209, 229, 240 }, { 247, 247, 247 }, { 253, 219, 199 },
                                        { 244, 165, 130 }, { 214, 96, 77 },   { 178, 24, 43 } };
    double at = fmin(fmax((v + 1) * 4, 0), 8);
    int i = at < 8 ? (int)at : 7;
    for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)(stop[i][c] + (at - i) * (stop[i + 1][c] - stop[i][c]) + 0.5);
}

void sv_palette_colour(sv_palette palette, double v, uint8_t rgb[3])
{
    if (!isfinite(v))
        rgb[0] = rgb[1] = rgb[2] = 128;
    else if (palette == SV_DIVERGING)
        diverging(v, rgb);
    else
        sv_error_colour((float)v, rgb);
}
