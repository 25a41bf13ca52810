#include "data/torch_order.h"

/* iter(loader) takes a number for its workers' seeds. Then, with a generator of its own, its permutation and, past the last
 * sample, another that nobody sees; else a seed, the permutation of a new generator with that seed. */
static void run_epoch(sv_torch_order *o, int64_t count, uint32_t *order)
{
    sv_mt19937 *g = &o->now, fresh;
    sv_mt19937_next64(g);
    if (o->shuffle.own) {
        sv_mt19937_permutation(g, count, order);
        for (int64_t i = 0; i + 1 < count; i++) sv_mt19937_next(g);
    } else {
        sv_mt19937_seed(&fresh, (uint32_t)sv_mt19937_next64(g));
        sv_mt19937_permutation(&fresh, count, order);
        for (int i = 0; i < o->shuffle.other_loaders; i++) sv_mt19937_next64(g);
    }
    o->next++;
}

void sv_torch_order_make(sv_torch_order *o, int64_t epoch, int64_t count, uint32_t *order)
{
    if (o->next == 0 || o->next > epoch) {
        o->now = o->shuffle.start;
        o->next = 0;
    }
    while (o->next <= epoch) run_epoch(o, count, order);
}
