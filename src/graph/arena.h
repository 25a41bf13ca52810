/* Packing arrays that live at different times into one piece of memory. */
#ifndef SV_GRAPH_ARENA_H
#define SV_GRAPH_ARENA_H
#include <stdint.h>

typedef struct sv_block {
    int64_t size;
    int first, last; /* moments, both included */
    int64_t offset;  /* set by sv_arena_place */
} sv_block;

/* Gives every block an offset so that blocks alive at one moment do not overlap: first those beside which most
 * lives, each at the lowest free place; then a few times again, what stuck out most first. Returns the size of the whole. */
int64_t sv_arena_place(sv_block *block, int count);

#endif
