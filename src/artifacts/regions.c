#include "artifacts/artifacts.h"

sv_interior sv_interior_of(const sv_edges *edges, int height, int width)
{
    const int size[2] = { height, width };
    sv_interior box;
    for (int axis = 0; axis < 2; axis++) {
        int s = edges->stride[axis] > 1 ? edges->stride[axis] : 1;
        int64_t low = edges->depth[2 * axis], high = edges->depth[2 * axis + 1];
        if (low < edges->margin) low = edges->margin;
        if (high < edges->margin) high = edges->margin;
        int64_t first = (low + s - 1) / s * s, end = (size[axis] - high) / s * s;
        if (first >= end) return (sv_interior){ { 0, 0 }, { 0, 0 } };
        box.first[axis] = (int)first, box.end[axis] = (int)end;
    }
    return box;
}

sv_edges sv_edges_within(const sv_edges *e)
{
    sv_edges within = *e;
    for (int side = 0; side < 4; side++) {
        within.depth[side] = e->depth[side] > e->margin ? e->depth[side] - e->margin : 0;
        within.ring[side] = e->ring[side] > e->margin ? e->ring[side] - e->margin : 0;
    }
    within.margin = 0;
    return within;
}

bool sv_has_ring(const sv_edges *e)
{
    return e->ring[0] || e->ring[1] || e->ring[2] || e->ring[3];
}
