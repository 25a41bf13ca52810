/* The model as the fixes of lints would have it. */
#include "artifacts/flow.h"

static int64_t even_taps(int64_t stride)
{
    return stride % 2 ? 3 * stride : 2 * stride;
}

sv_axis sv_even_axis_of(const sv_node *n, int input, int axis)
{
    sv_axis a = sv_axis_of(n, input, axis);
    if (!sv_node_convolves(n) || a.stride == 1) return a;
    a.taps = even_taps(a.stride), a.dilation = 1;
    a.before = (a.taps - a.stride) / 2;
    return a;
}

bool sv_even_changes(const sv_node *n)
{
    for (int axis = 0; sv_node_convolves(n) && axis < 2; axis++) {
        sv_axis now = sv_axis_of(n, 0, axis), then = sv_even_axis_of(n, 0, axis);
        if (now.taps != then.taps || now.dilation != then.dilation || now.before != then.before) return true;
    }
    return false;
}
