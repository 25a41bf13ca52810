#include "graph/arena.h"
#include <stdbool.h>

static bool meet(const sv_block *a, const sv_block *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static bool overlap(const sv_block *a, const sv_block *b)
{
    return a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

/* The lowest offset at which `b` touches no placed block that lives when it does. */
static int64_t lowest(const sv_block *block, int count, const bool *placed, sv_block b)
{
    b.offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < count; i++) {
            if (!placed[i] || !meet(&block[i], &b) || !overlap(&block[i], &b)) continue;
            b.offset = block[i].offset + block[i].size;
            moved = true;
        }
    }
    return b.offset;
}

int64_t sv_arena_place(sv_block *block, int count)
{
    int64_t whole = 0;
    bool placed[count > 0 ? count : 1];
    for (int i = 0; i < count; i++) placed[i] = false;
    for (int round = 0; round < count; round++) {
        int largest = -1;
        for (int i = 0; i < count; i++)
            if (!placed[i] && (largest < 0 || block[i].size > block[largest].size)) largest = i;
        block[largest].offset = lowest(block, count, placed, block[largest]);
        placed[largest] = true;
        int64_t end = block[largest].offset + block[largest].size;
        if (end > whole) whole = end;
    }
    return whole;
}
