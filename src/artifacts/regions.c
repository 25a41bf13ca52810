#include "artifacts/artifacts.h"

sv_interior sv_interior_of(const sv_edges *edges, int height, int width)
{
    const int size[2] = { height, width };
    sv_interior box;
    for (int axis = 0; axis < 2; axis++) {
        int s = edges->stride[axis] > 1 ? edges->stride[axis] : 1;
        int64_t first = ((int64_t)edges->depth[2 * axis] + s - 1) / s * s,
                end = ((int64_t)size[axis] - edges->depth[2 * axis + 1]) / s * s;
        if (first >= end) return (sv_interior){ { 0, 0 }, { 0, 0 } };
        box.first[axis] = (int)first, box.end[axis] = (int)end;
    }
    return box;
}

bool sv_has_ring(const sv_edges *e)
{
    return e->ring[0] || e->ring[1] || e->ring[2] || e->ring[3];
}
