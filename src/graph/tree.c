#include "graph/tree.h"
#include "base/memory.h"
#include <string.h>

int sv_tree_buffers(int leaves, int workers)
{
    int levels = 0;
    while (1 << levels < leaves) levels++;
    int wanted = workers + 2 > levels ? workers + 2 : levels;
    return wanted < leaves - 1 ? wanted : leaves - 1;
}

sv_status sv_tree_new(sv_tree *t, float *root, int64_t floats, int leaves, int workers, sv_fault *fault)
{
    *t = (sv_tree){ .floats = floats, .buffers = sv_tree_buffers(leaves, workers) };
    t->leaf[0] = root;
    t->memory = sv_map_floats((size_t)(floats * t->buffers));
    if (!t->memory) return sv_fail_memory(fault, "gradients");
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    for (int i = 0; i < t->buffers; i++) t->spare[t->spares++] = t->memory + i * floats;
    return SV_OK;
}

void sv_tree_free(sv_tree *t)
{
    if (!t->memory) return;
    sv_unmap_floats(t->memory, (size_t)(t->floats * t->buffers));
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->changed);
    t->memory = NULL;
}

void sv_tree_begin(sv_tree *t, int leaves)
{
    t->leaves = leaves;
    for (int i = 0; i < SV_CHUNKS; i++) t->given[i] = false;
    for (int level = 0; level < 5; level++)
        for (int i = 0; i < SV_CHUNKS; i++) atomic_store(&t->arrived[level][i], 0);
}

/* Whether a buffer is left for leaf c beside those of the leaves before it that are still to be given. */
static bool is_free(const sv_tree *t, int c)
{
    int before = 0;
    for (int i = 1; i < c; i++) before += !t->given[i];
    return t->spares > before;
}

static void give(sv_tree *t, int c)
{
    pthread_mutex_lock(&t->lock);
    while (!is_free(t, c)) pthread_cond_wait(&t->changed, &t->lock);
    t->leaf[c] = t->spare[--t->spares];
    t->given[c] = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

float *sv_tree_leaf(sv_tree *t, int c, const sv_range *range, int ranges)
{
    if (c > 0) give(t, c);
    for (int r = 0; r < ranges; r++) memset(t->leaf[c] + range[r].first, 0, (size_t)range[r].count * sizeof(float));
    return t->leaf[c];
}

static void give_back(sv_tree *t, int c)
{
    pthread_mutex_lock(&t->lock);
    t->spare[t->spares++] = t->leaf[c];
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
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
