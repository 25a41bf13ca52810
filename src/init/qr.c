#include "init/qr.h"
#include "base/memory.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 32, TILE = 64, GROUP = 4 };

/* Reflections k .. k + width - 1: their product is I - v t v', from row k on. */
typedef struct block {
    int64_t width, rows;
    const double *v; /* [rows][BLOCK], 1 on the diagonal, 0 above it and in missing columns */
    const double *t; /* [BLOCK][BLOCK], upper triangle */
} block;

/* p += the products of GROUP rows, one after another. */
static void add_rows(const double *restrict v, double (*restrict row)[TILE], double (*restrict p)[TILE])
{
    for (int r = 0; r < BLOCK; r++) {
        const double a = v[r], b = v[BLOCK + r], c = v[2 * BLOCK + r], d = v[3 * BLOCK + r];
        for (int j = 0; j < TILE; j++) p[r][j] = (((p[r][j] + a * row[0][j]) + b * row[1][j]) + c * row[2][j]) + d * row[3][j];
    }
}

/* p[BLOCK][TILE] = v' x, where x are `columns` <= TILE columns of rows that are `stride` apart. */
static void project(const block *b, const double *x, int64_t stride, int64_t columns, double (*p)[TILE])
{
    memset(p, 0, BLOCK * sizeof *p);
    for (int64_t i = 0; i < b->rows; i += GROUP) {
        double row[GROUP][TILE] = { 0 }, v[GROUP * BLOCK] = { 0 };
        int64_t rows = b->rows - i < GROUP ? b->rows - i : GROUP;
        memcpy(v, b->v + i * BLOCK, (size_t)(rows * BLOCK) * sizeof *v);
        for (int64_t k = 0; k < rows; k++) memcpy(row[k], x + (i + k) * stride, (size_t)columns * sizeof **row);
        add_rows(v, row, p);
    }
}

/* p = t p, or t' p. */
static void combine(const block *b, bool transposed, double (*restrict p)[TILE])
{
    double made[BLOCK][TILE] = { 0 };
    for (int r = 0; r < BLOCK; r++)
        for (int s = 0; s < BLOCK; s++) {
            double factor = transposed ? b->t[s * BLOCK + r] : b->t[r * BLOCK + s];
            for (int j = 0; j < TILE; j++) made[r][j] += factor * p[s][j];
        }
    memcpy(p, made, sizeof made);
}

/* row -= v p. */
static void subtract_row(const double *restrict v, double (*restrict p)[TILE], double *restrict row)
{
    for (int r = 0; r < BLOCK; r += GROUP)
        for (int j = 0; j < TILE; j++)
            row[j] = (((row[j] - v[r] * p[r][j]) - v[r + 1] * p[r + 1][j]) - v[r + 2] * p[r + 2][j]) - v[r + 3] * p[r + 3][j];
}

/* x -= v p. */
static void subtract(const block *b, double *x, int64_t stride, int64_t columns, double (*p)[TILE])
{
    for (int64_t i = 0; i < b->rows; i++) {
        double row[TILE] = { 0 };
        memcpy(row, x + i * stride, (size_t)columns * sizeof *row);
        subtract_row(b->v + i * BLOCK, p, row);
        memcpy(x + i * stride, row, (size_t)columns * sizeof *row);
    }
}

/* Columns from .. n - 1 of the rows at x: times the block's product, or its transpose. */
static void apply(const block *b, bool transposed, double *x, int64_t n, int64_t from)
{
    double p[BLOCK][TILE];
    for (int64_t j = from; j < n; j += TILE) {
        int64_t columns = n - j < TILE ? n - j : TILE;
        project(b, x + j, n, columns, p);
        combine(b, transposed, p);
        subtract(b, x + j, n, columns, p);
    }
}

/* One reflection of column k of a panel [rows][BLOCK]: v into the column below the diagonal, what it makes of the column onto
 * the diagonal; returns tau. */
static double reflector(double *panel, int64_t rows, int64_t k)
{
    double below = 0, alpha = panel[k * BLOCK + k];
    for (int64_t i = k + 1; i < rows; i++) below += panel[i * BLOCK + k] * panel[i * BLOCK + k];
    if (below == 0) return 0;
    double beta = alpha > 0 ? -sqrt(alpha * alpha + below) : sqrt(alpha * alpha + below);
    for (int64_t i = k + 1; i < rows; i++) panel[i * BLOCK + k] /= alpha - beta;
    panel[k * BLOCK + k] = beta;
    return (beta - alpha) / beta;
}

/* The panel's columns right of k after the reflection. */
static void reflect(double *panel, int64_t rows, int64_t k, double tau)
{
    double product[BLOCK];
    memcpy(product, panel + k * BLOCK, sizeof product);
    for (int64_t i = k + 1; i < rows; i++)
        for (int64_t j = k + 1; j < BLOCK; j++) product[j] += panel[i * BLOCK + k] * panel[i * BLOCK + j];
    for (int64_t i = k; i < rows; i++) {
        double v = tau * (i == k ? 1 : panel[i * BLOCK + k]);
        for (int64_t j = k + 1; j < BLOCK; j++) panel[i * BLOCK + j] -= v * product[j];
    }
}

/* t of the reflections, column by column: t[k][k] = tau, above it -tau t (v' v_k). */
static void triangle(const double *v, int64_t rows, const double *tau, int64_t width, double *t)
{
    double dot[BLOCK][BLOCK] = { 0 };
    memset(t, 0, BLOCK * BLOCK * sizeof *t);
    for (int64_t i = 0; i < rows; i++)
        for (int r = 0; r < BLOCK; r++)
            for (int s = 0; s < BLOCK; s++) dot[r][s] += v[i * BLOCK + r] * v[i * BLOCK + s];
    for (int64_t k = 0; k < width; k++) {
        t[k * BLOCK + k] = tau[k];
        for (int64_t r = 0; r < k; r++) {
            double sum = 0;
            for (int64_t s = r; s < k; s++) sum += t[r * BLOCK + s] * dot[s][k];
            t[r * BLOCK + k] = -tau[k] * sum;
        }
    }
}

/* Decomposes columns k .. of a; v and t get the reflections, sign[] the signs of R's diagonal. */
static block decompose_panel(double *a, int64_t m, int64_t n, int64_t k, double *v, double *t, double *sign)
{
    int64_t width = n - k < BLOCK ? n - k : BLOCK, rows = m - k;
    double tau[BLOCK] = { 0 };
    memset(v, 0, (size_t)(rows * BLOCK) * sizeof *v);
    for (int64_t i = 0; i < rows; i++) memcpy(v + i * BLOCK, a + (k + i) * n + k, (size_t)width * sizeof *v);
    for (int64_t j = 0; j < width; j++) {
        tau[j] = reflector(v, rows, j);
        reflect(v, rows, j, tau[j]);
    }
    for (int64_t i = 0; i < width; i++) {
        sign[k + i] = v[i * BLOCK + i] < 0 ? -1 : 1;
        v[i * BLOCK + i] = 1;
        for (int64_t j = i + 1; j < BLOCK; j++) v[i * BLOCK + j] = 0;
    }
    triangle(v, rows, tau, width, t);
    return (block){ width, rows, v, t };
}

sv_status sv_qr(double *a, double *q, int64_t m, int64_t n, sv_fault *fault)
{
    int64_t blocks = (n + BLOCK - 1) / BLOCK, panel = m * BLOCK;
    double *v = sv_new((size_t)(blocks * (panel + BLOCK * BLOCK) + n), sizeof *v);
    if (!v) return sv_fail_memory(fault, "orthogonal");
    double *t = v + blocks * panel, *sign = t + blocks * BLOCK * BLOCK;
    for (int64_t b = 0; b < blocks; b++) {
        int64_t k = b * BLOCK;
        block made = decompose_panel(a, m, n, k, v + b * panel, t + b * BLOCK * BLOCK, sign);
        apply(&made, true, a + k * n, n, k + made.width);
    }
    memset(q, 0, (size_t)(m * n) * sizeof *q);
    for (int64_t i = 0; i < n; i++) q[i * n + i] = sign[i];
    for (int64_t b = blocks - 1; b >= 0; b--) {
        int64_t k = b * BLOCK;
        block made = { n - k < BLOCK ? n - k : BLOCK, m - k, v + b * panel, t + b * BLOCK * BLOCK };
        apply(&made, false, q + k * n, n, k);
    }
    sv_free(v);
    return SV_OK;
}
