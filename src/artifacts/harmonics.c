/* M8, the harmonic peak ratio: power of r at the harmonics of the stride over what lies beside them. Over the interior, with a
 * Hann window sin^2(pi (i + 1/2) / n) on each axis. Harmonics are the bins at multiples of n / stride on each axis but (0, 0); a
 * harmonic's neighbours are the bins 3 to 6 away (Chebyshev, frequencies wrap) that lie at least 2 from zero and every harmonic.
 * The harmonics and zero form a lattice, so each harmonic has as many neighbours as the next. */
#include "artifacts/fourier.h"
#include "artifacts/measure.h"
#include "base/memory.h"
#include <math.h>

enum { NEAREST = 3, FARTHEST = 6, CLEAR = 2 };

/* Powers are even in frequency, so columns beyond half of them are not made: the tables count those twice. */
typedef struct sv_spectrum {
    int n[2], apart[2]; /* bins of the axis, and from harmonic to harmonic */
    int half;           /* columns made: n[1] / 2 + 1 */
    double *window[2];  /* [n] */
    sv_complex *root[2];
    double *peak, *beside; /* [n[0]][half]: how often a bin counts in either sum */
} sv_spectrum;

/* From bin i to the nearest multiple of `apart`, around n. */
static int from_lattice(int i, int apart)
{
    int past = i % apart;
    return past < apart - past ? past : apart - past;
}

static int around(int i, int n)
{
    i = (i % n + n) % n;
    return i < n - i ? i : n - i;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* Adds weight for every neighbour of the harmonic (u, v) to a table of all bins, and counts them. */
static int add_neighbours(const sv_spectrum *s, int u, int v, double *table)
{
    int count = 0, low[2], high[2];
    for (int axis = 0; axis < 2; axis++) {
        bool all = s->n[axis] <= 2 * FARTHEST + 1;
        low[axis] = all ? 0 : -FARTHEST, high[axis] = all ? s->n[axis] - 1 : FARTHEST;
    }
    for (int a = low[0]; a <= high[0]; a++)
        for (int b = low[1]; b <= high[1]; b++) {
            int away = larger(around(a, s->n[0]), around(b, s->n[1]));
            int i = (u + a + s->n[0]) % s->n[0], j = (v + b + s->n[1]) % s->n[1];
            if (away < NEAREST || away > FARTHEST) continue;
            if (larger(from_lattice(i, s->apart[0]), from_lattice(j, s->apart[1])) < CLEAR) continue;
            count++;
            table[(size_t)i * (size_t)s->n[1] + (size_t)j] += 1;
        }
    return count;
}

/* Whether there is anything to take a ratio of. */
static bool fill_tables(sv_spectrum *s, double *table)
{
    int count = 0;
    for (int u = 0; u < s->n[0]; u += s->apart[0])
        for (int v = 0; v < s->n[1]; v += s->apart[1])
            if (u || v) count = add_neighbours(s, u, v, table);
    for (int i = 0; i < s->n[0] && count; i++)
        for (int j = 0; j < s->half; j++) {
            double twice = j == 0 || 2 * j == s->n[1] ? 1 : 2;
            bool harmonic = (i || j) && i % s->apart[0] == 0 && j % s->apart[1] == 0;
            s->peak[i * s->half + j] = harmonic ? twice : 0;
            s->beside[i * s->half + j] = twice * table[(size_t)i * (size_t)s->n[1] + (size_t)j] / count;
        }
    return count > 0;
}

static bool take_tables(sv_spectrum *s)
{
    bool have = true;
    for (int axis = 0; axis < 2; axis++) {
        size_t n = (size_t)s->n[axis];
        s->window[axis] = sv_new(n, sizeof *s->window[axis]);
        s->root[axis] = sv_new(n, sizeof *s->root[axis]);
        have = have && s->window[axis] && s->root[axis];
        for (size_t i = 0; s->window[axis] && i < n; i++)
            s->window[axis][i] = pow(sin(3.14159265358979323846 * ((double)i + 0.5) / (double)n), 2);
        if (s->root[axis]) sv_fourier_roots(s->n[axis], s->root[axis]);
    }
    s->peak = sv_new((size_t)s->n[0] * (size_t)s->half, sizeof *s->peak);
    s->beside = sv_new((size_t)s->n[0] * (size_t)s->half, sizeof *s->beside);
    return have && s->peak && s->beside;
}

sv_status sv_spectrum_new(const sv_interior *box, const int stride[2], sv_spectrum **result, sv_fault *fault)
{
    *result = NULL;
    if (!box->end[0] || (stride[0] == 1 && stride[1] == 1)) return SV_OK;
    sv_spectrum *s = sv_new(1, sizeof *s);
    if (!s) return sv_fail_memory(fault, "artifacts: spectrum");
    for (int axis = 0; axis < 2; axis++) {
        s->n[axis] = box->end[axis] - box->first[axis];
        s->apart[axis] = s->n[axis] / stride[axis];
    }
    s->half = s->n[1] / 2 + 1;
    double *table = sv_new((size_t)s->n[0] * (size_t)s->n[1], sizeof *table);
    bool have = take_tables(s) && table;
    if (have && fill_tables(s, table))
        *result = s;
    else
        sv_spectrum_free(s);
    sv_free(table);
    return have ? SV_OK : sv_fail_memory(fault, "artifacts: spectrum");
}

void sv_spectrum_free(sv_spectrum *s)
{
    if (!s) return;
    for (int axis = 0; axis < 2; axis++) {
        sv_free(s->window[axis]);
        sv_free(s->root[axis]);
    }
    sv_free(s->peak);
    sv_free(s->beside);
    sv_free(s);
}

size_t sv_spectrum_scratch(const sv_spectrum *s)
{
    if (!s) return 0;
    size_t longest = (size_t)larger(s->n[0], s->n[1]);
    return 2 * ((size_t)s->n[0] * (size_t)s->n[1] + 3 * longest);
}

void sv_spectrum_add(const sv_plane *p, double *peak, double *beside)
{
    const sv_spectrum *s = p->m->spectrum;
    const int *first = p->m->interior.first;
    int rows = s->n[0], columns = s->n[1], longest = larger(rows, columns);
    sv_complex *table = (sv_complex *)(void *)p->scratch, *line = table + (size_t)rows * (size_t)columns, *part = line + longest,
               *in = part + longest;
    for (int i = 0; i < rows; i++) {
        const double *r = p->r + (size_t)(first[0] + i) * (size_t)p->m->width + first[1];
        for (int j = 0; j < columns; j++) in[j] = (sv_complex){ r[j] * s->window[0][i] * s->window[1][j], 0 };
        sv_fourier(columns, s->root[1], in, 1, table + (size_t)i * (size_t)columns, part);
    }
    *peak = *beside = 0;
    for (int j = 0; j < s->half; j++) {
        sv_fourier(rows, s->root[0], table + j, (size_t)columns, line, part);
        for (int i = 0; i < rows; i++) {
            double power = line[i].re * line[i].re + line[i].im * line[i].im;
            *peak += s->peak[i * s->half + j] * power;
            *beside += s->beside[i * s->half + j] * power;
        }
    }
}
