#include "graph/tree.h"
#include "base/memory.h"
#include <string.h>

sv_status sv_tree_new(sv_tree *t, float *root, int64_t floats, sv_fault *fault)
{
    *t = (sv_tree){ .floats = floats };
    atomic_flag_clear(&t->lock);
    t->leaf[0] = root;
    t->memory = sv_map_floats((size_t)floats * (SV_CHUNKS - 1));
    if (!t->memory) return sv_fail_memory(fault, "gradients");
    for (int i = 0; i < SV_CHUNKS - 1; i++) t->spare[t->spares++] = t->memory + i * floats;
    return SV_OK;
}

void sv_tree_free(sv_tree *t)
{
    sv_unmap_floats(t->memory, (size_t)t->floats * (SV_CHUNKS - 1));
    t->memory = NULL;
}

void sv_tree_begin(sv_tree *t, int leaves)
{
    t->leaves = leaves;
    for (int level = 0; level < 5; level++)
        for (int i = 0; i < SV_CHUNKS; i++) atomic_store(&t->arrived[level][i], 0);
}

static void lock(sv_tree *t)
{
    while (atomic_flag_test_and_set_explicit(&t->lock, memory_order_acquire)) {}
}

static void unlock(sv_tree *t)
{
    atomic_flag_clear_explicit(&t->lock, memory_order_release);
}

float *sv_tree_leaf(sv_tree *t, int c, const sv_range *range, int ranges)
{
    if (c > 0) {
        lock(t);
        t->leaf[c] = t->spare[--t->spares];
        unlock(t);
    }
    for (int r = 0; r < ranges; r++) memset(t->leaf[c] + range[r].first, 0, (size_t)range[r].count * sizeof(float));
    return t->leaf[c];
}

static void give_back(sv_tree *t, int c)
{
    lock(t);
    t->spare[t->spares++] = t->leaf[c];
    unlock(t);
}

void sv_tree_done(sv_tree *t, int c, const sv_range *range, int ranges, const sv_vectors *vectors)
{
    for (int level = 0, node = c, width = 1; width < t->leaves; level++, node /= 2, width *= 2) {
        int left = node / 2 * 2 * width, right = left + width;
        if (right >= t->leaves) continue;
        if (atomic_fetch_add(&t->arrived[level][node / 2], 1) == 0) return;
        for (int r = 0; r < ranges; r++)
            vectors->add(range[r].count, t->leaf[left] + range[r].first, t->leaf[right] + range[r].first);
        give_back(t, right);
    }
}

void sv_tree_sum(double *rows, int leaves, int64_t stride, int64_t count)
{
    for (int width = 1; width < leaves; width *= 2)
        for (int left = 0; left + width < leaves; left += 2 * width)
            for (int64_t i = 0; i < count; i++) rows[left * stride + i] += rows[(left + width) * stride + i];
}
