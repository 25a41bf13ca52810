#include "trainer/digests.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/siphash.h"
#include "base/threads.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 16, STEP_ROOM = 24 };

/* "step,enc1/kernel,enc1/bias": what would break a row is shown as "_". */
static sv_status add_header(sv_digests *d, sv_fault *fault)
{
    sv_text header = { 0 };
    sv_text_add(&header, "step");
    for (int i = 0; i < d->p->graph->parameters; i++) {
        sv_text_add(&header, ",");
        for (const char *c = d->p->graph->parameter[i].name; *c; c++)
            sv_text_bytes(&header, (unsigned char)*c < 0x20 || strchr(",\"", *c) ? "_" : c, 1);
    }
    sv_status status = header.failed ? sv_fail_memory(fault, "digests.csv") : sv_csv_start(&d->table, header.data, fault);
    sv_text_free(&header);
    return status;
}

sv_status sv_digests_open(sv_digests *d, const sv_parameters *p, int threads, sv_fault *fault)
{
    *d = (sv_digests){ .p = p, .threads = threads, .last = -1 };
    d->value = sv_new((size_t)p->graph->parameters + 1, sizeof *d->value);
    return d->value ? add_header(d, fault) : sv_fail_memory(fault, "digests.csv");
}

void sv_digests_close(sv_digests *d)
{
    sv_csv_free(&d->table);
    sv_free(d->value);
    *d = (sv_digests){ 0 };
}

bool sv_digests_due(int64_t step)
{
    return step <= SV_DIGESTS_FIRST || step % SV_DIGESTS_EVERY == 0;
}

sv_status sv_digests_reserve(sv_digests *d, int64_t steps, sv_fault *fault)
{
    size_t rows = (size_t)(steps < SV_DIGESTS_FIRST ? steps : SV_DIGESTS_FIRST) + (size_t)(steps / SV_DIGESTS_EVERY) + 3;
    return sv_csv_reserve(&d->table, rows * (STEP_ROOM + (size_t)d->p->graph->parameters * (DIGITS + 1)), fault);
}

static void hash_one(void *digests, int64_t task, int worker)
{
    static const uint64_t key[2] = { 0, 0 };
    (void)worker;
    sv_digests *d = digests;
    const sv_parameter *p = &d->p->graph->parameter[task];
    d->value[task] = sv_siphash(key, d->p->weights + p->offset, (size_t)p->count * sizeof(float));
}

void sv_digests_add(sv_digests *d, int64_t step)
{
    char text[32];
    if (step == d->last) return;
    sv_parallel(d->threads, d->p->graph->parameters, hash_one, d);
    int n = snprintf(text, sizeof text, "%" PRId64, step);
    sv_text_bytes(&d->table.text, text, (size_t)n);
    for (int i = 0; i < d->p->graph->parameters; i++) {
        n = snprintf(text, sizeof text, ",%016" PRIx64, d->value[i]);
        sv_text_bytes(&d->table.text, text, (size_t)n);
    }
    sv_text_bytes(&d->table.text, "\n", 1);
    d->table.rows++;
    d->last = step;
}

sv_status sv_digests_read(sv_digests *d, const char *path, int64_t step, sv_fault *fault)
{
    char *text = NULL;
    size_t size = 0;
    int64_t rows = 0;
    if (!sv_is_file(path)) return SV_OK;
    if (sv_read_file(path, &text, &size, fault) != SV_OK) return fault->status;
    for (const char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        long long at = strtoll(line + 1, NULL, 10);
        if (at > step) break;
        d->last = at;
        rows++;
    }
    sv_free(text);
    text = d->table.text.data ? sv_copy_text(d->table.text.data) : NULL;
    if (!text) return sv_fail_memory(fault, path);
    text[strcspn(text, "\n")] = '\0';
    sv_status status = sv_csv_read(&d->table, path, text, rows, fault);
    sv_free(text);
    return status;
}
