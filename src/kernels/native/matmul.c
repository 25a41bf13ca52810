/*
 * Products of matrices by the gather tile: a row of c is a pixel. b is packed by panels of columns and blocks of BLOCK terms;
 * the chain of an element goes on from block to block. Where a is transposed (a kernel's gradient, summed over the rows of a
 * batch), each block starts at zero and is added, unless one block is all.
 */
#include "kernels/native/native.h"
#include <string.h>

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

static sv_start start_of(const product *p, int64_t first, bool accumulate)
{
    if (p->transpose_a && p->depth > SV_NATIVE_BLOCK) return first || accumulate ? SV_START_ADD : SV_START_BIAS;
    return first || accumulate ? SV_START_CONTINUE : SV_START_BIAS;
}

static void run_block(const sv_native *n, const product *p, int64_t first, int64_t o, bool accumulate)
{
    float panel[SV_NATIVE_BLOCK * SV_NATIVE_PANEL];
    int64_t terms = sv_least(SV_NATIVE_BLOCK, p->depth - first);
    sv_gather t = { .rows = 1,
                    .columns = p->transpose_a ? terms : 1,
                    .run = p->transpose_a ? 1 : terms,
                    .column_step = p->m,
                    .panel = panel,
                    .channels = (int)sv_least(n->panel, p->n - o),
                    .start = start_of(p, first, accumulate) };
    sv_field field = { 1,        1, p->m, p->transpose_a ? p->a + first * p->m : p->a + first,
                       p->c + o, 0, 0,    p->transpose_a ? 1 : p->depth,
                       0,        0, p->n };
    pack(p, n->panel, first, terms, o, panel);
    sv_field_gather(n, &t, &field);
}

void sv_native_matmul(const sv_vectors *k, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t depth, const float *a,
                      const float *b, float *c, bool accumulate)
{
    product p = { transpose_a, transpose_b, m, n, depth, a, b, c };
    for (int64_t o = 0; o < n; o += k->native->panel)
        for (int64_t first = 0; first < depth; first += SV_NATIVE_BLOCK) run_block(k->native, &p, first, o, accumulate);
}
