/*
 * Products of matrices by the gather tile: a row of c is a pixel. b is packed by panels of columns and some hundred terms; every
 * block of CHAIN terms but the first starts at zero and is added.
 */
#include "kernels/native/native.h"
#include <string.h>

/* Terms whose panel of b is packed at a time. */
enum { PACKED = 2 * SV_NATIVE_CHAIN };

/* One product and how its operands are stored. */
typedef struct product {
    bool transpose_a, transpose_b;
    int64_t m, n, depth;
    const float *a, *b;
    float *c;
} product;

/* b's rows [first, first + terms) of the columns [o, o + panel), zeros beyond its last column. */
static void pack(const product *p, int panel, int64_t first, int64_t terms, int64_t o, float *to)
{
    int64_t count = sv_least(panel, p->n - o);
    for (int64_t t = first; t < first + terms; t++, to += panel) {
        if (p->transpose_b)
            for (int64_t c = 0; c < count; c++) to[c] = p->b[(o + c) * p->depth + t];
        else
            memcpy(to, p->b + t * p->n + o, (size_t)count * sizeof *to);
        memset(to + count, 0, (size_t)(panel - count) * sizeof *to);
    }
}

static void run_block(const sv_native *n, const product *p, int64_t first, int64_t o, bool accumulate)
{
    float panel[PACKED * SV_NATIVE_PANEL];
    int64_t terms = sv_least(PACKED, p->depth - first);
    sv_taps taps = { 1, p->transpose_a ? terms : 1, p->transpose_a ? 1 : terms, 0, p->m };
    sv_gather t = { .panel = panel,
                    .channels = (int)sv_least(n->panel, p->n - o),
                    .start = first        ? SV_START_ADD
                             : accumulate ? SV_START_CONTINUE
                                          : SV_START_BIAS };
    sv_field field = { 1,        1, p->m, p->transpose_a ? p->a + first * p->m : p->a + first,
                       p->c + o, 0, 0,    p->transpose_a ? 1 : p->depth,
                       0,        0, p->n, NULL };
    pack(p, n->panel, first, terms, o, panel);
    sv_field_gather(n, &taps, &t, &field);
}

void sv_native_matmul(const sv_vectors *k, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t depth, const float *a,
                      const float *b, float *c, bool accumulate)
{
    product p = { transpose_a, transpose_b, m, n, depth, a, b, c };
    for (int64_t o = 0; o < n; o += k->native->panel)
        for (int64_t first = 0; first < depth; first += PACKED) run_block(k->native, &p, first, o, accumulate);
}
