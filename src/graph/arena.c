#include "graph/arena.h"
#include <stdbool.h>
#include <string.h>

enum { ROUNDS = 10 }; /* more find hardly anything better */

static bool meet(const sv_block *a, const sv_block *b)
{
    return a->first <= b->last && b->first <= a->last;
}

static bool overlap(const sv_block *a, const sv_block *b)
{
    return a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

/* The lowest offset at which `b` touches none of the blocks order[0..count-1], placed before, that live when it does. */
static int64_t lowest(const sv_block *block, const int *order, int count, sv_block b)
{
    b.offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < count; i++) {
            const sv_block *o = &block[order[i]];
            if (!meet(o, &b) || !overlap(o, &b)) continue;
            b.offset = o->offset + o->size;
            moved = true;
        }
    }
    return b.offset;
}

/* How much lives beside `b` at one time or another, itself included. */
static int64_t weight(const sv_block *block, int count, const sv_block *b)
{
    int64_t sum = 0;
    for (int i = 0; i < count; i++) sum += meet(&block[i], b) ? block[i].size : 0;
    return sum;
}

/* The heaviest first; of equals the largest. */
static void sort_blocks(const sv_block *block, int count, int *order)
{
    int64_t heavy[count];
    for (int i = 0; i < count; i++) {
        int at = i;
        heavy[i] = weight(block, count, &block[i]);
        for (; at > 0; at--) {
            int before = order[at - 1];
            if (heavy[before] > heavy[i] || (heavy[before] == heavy[i] && block[before].size >= block[i].size)) break;
            order[at] = before;
        }
        order[at] = i;
    }
}

/* Gives offsets in this order; *top is the place in it of the block that ends last. */
static int64_t place_in_order(sv_block *block, const int *order, int count, int *top)
{
    int64_t whole = 0;
    *top = 0;
    for (int i = 0; i < count; i++) {
        sv_block *b = &block[order[i]];
        b->offset = lowest(block, order, i, *b);
        if (b->offset + b->size <= whole) continue;
        whole = b->offset + b->size;
        *top = i;
    }
    return whole;
}

static void move_to_front(int *order, int at)
{
    int moved = order[at];
    memmove(order + 1, order, (size_t)at * sizeof *order);
    order[0] = moved;
}

int64_t sv_arena_place(sv_block *block, int count)
{
    if (count < 1) return 0;
    int order[count], best_order[count], top;
    int64_t best = INT64_MAX;
    sort_blocks(block, count, order);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t whole = place_in_order(block, order, count, &top);
        if (whole < best) memcpy(best_order, order, sizeof order);
        best = whole < best ? whole : best;
        move_to_front(order, top);
    }
    return place_in_order(block, best_order, count, &top);
}
