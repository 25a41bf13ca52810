/* Orders of PyTorch's DataLoader(shuffle=True): 9 samples, batches of 4, three epochs, as PyTorch 2.13 gave them. */
#include "data/torch_order.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { COUNT = 9, EPOCHS = 3 };

typedef struct known {
    uint32_t seed;
    bool own;
    int others;
    uint32_t order[EPOCHS][COUNT];
} known;

/* torch.manual_seed(seed), DataLoader(d, 4, shuffle=True); g.manual_seed(seed), DataLoader(..., generator=g); the first again with
 * two passes over another DataLoader after each epoch. */
static const known cases[] = {
    { 0, false, 0, { { 3, 4, 0, 5, 6, 1, 2, 8, 7 }, { 5, 7, 2, 8, 3, 1, 6, 4, 0 }, { 8, 4, 6, 2, 3, 7, 0, 1, 5 } } },
    { 0, true, 0, { { 2, 1, 3, 6, 0, 8, 7, 5, 4 }, { 8, 0, 6, 5, 1, 2, 7, 4, 3 }, { 8, 1, 6, 2, 5, 3, 7, 0, 4 } } },
    { 0, false, 2, { { 3, 4, 0, 5, 6, 1, 2, 8, 7 }, { 8, 4, 6, 2, 3, 7, 0, 1, 5 }, { 4, 5, 7, 2, 8, 3, 1, 6, 0 } } },
    { 42, false, 0, { { 1, 6, 7, 4, 5, 3, 0, 8, 2 }, { 1, 4, 5, 8, 6, 3, 7, 2, 0 }, { 2, 8, 4, 7, 6, 1, 0, 5, 3 } } },
    { 42, true, 0, { { 7, 0, 6, 8, 4, 5, 1, 3, 2 }, { 4, 5, 2, 8, 3, 6, 0, 1, 7 }, { 1, 3, 2, 0, 6, 8, 4, 5, 7 } } },
    { 42, false, 2, { { 1, 6, 7, 4, 5, 3, 0, 8, 2 }, { 2, 8, 4, 7, 6, 1, 0, 5, 3 }, { 8, 6, 1, 7, 3, 0, 2, 4, 5 } } },
    { 4294967295U, false, 0, { { 6, 7, 4, 2, 0, 3, 5, 1, 8 }, { 6, 4, 1, 5, 2, 8, 0, 3, 7 }, { 3, 6, 5, 7, 4, 2, 8, 0, 1 } } },
    { 4294967295U, true, 0, { { 8, 0, 5, 7, 6, 3, 4, 2, 1 }, { 3, 7, 6, 2, 5, 0, 1, 4, 8 }, { 0, 5, 7, 4, 3, 8, 2, 1, 6 } } },
    { 4294967295U, false, 2, { { 6, 7, 4, 2, 0, 3, 5, 1, 8 }, { 3, 6, 5, 7, 4, 2, 8, 0, 1 }, { 3, 4, 0, 1, 7, 2, 8, 6, 5 } } },
};
enum { CASES = sizeof cases / sizeof *cases };

static sv_torch_order start(const known *k)
{
    sv_torch_order o = { .shuffle = { .own = k->own, .other_loaders = k->others } };
    sv_mt19937_seed(&o.shuffle.start, k->seed);
    return o;
}

static void one_epoch_after_another(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        sv_torch_order o = start(&cases[i]);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            uint32_t order[COUNT];
            sv_torch_order_make(&o, epoch, COUNT, order);
            assert_memory_equal(order, cases[i].order[epoch], sizeof order);
        }
    }
}

/* As a resumed run asks: any epoch first, and earlier ones again. */
static void any_epoch(void **state)
{
    (void)state;
    static const int asked[] = { 2, 0, 1, 1, 2 };
    for (int i = 0; i < CASES; i++) {
        sv_torch_order o = start(&cases[i]);
        for (int k = 0; k < 5; k++) {
            uint32_t order[COUNT];
            sv_torch_order_make(&o, asked[k], COUNT, order);
            assert_memory_equal(order, cases[i].order[asked[k]], sizeof order);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(one_epoch_after_another), cmocka_unit_test(any_epoch) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
