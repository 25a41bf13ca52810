/* NumPy arrays [N,H,W,C] (or [N,H,W] of one channel, or [N,units]) of uint8, uint16 or float32, mapped. */
#include "base/memory.h"
#include "data/source.h"
#include "formats/npy.h"
#include <string.h>

static sv_status read_sample(const sv_dataset *d, int64_t index, void *to, sv_fault *fault)
{
    (void)fault;
    const sv_npy *npy = d->own;
    memcpy(to, (const char *)npy->data + (size_t)index * d->sample_bytes, d->sample_bytes);
    return SV_OK;
}

static void close_npy(sv_dataset *d)
{
    sv_npy_close(d->own);
    sv_free(d->own);
}

static sv_shape sample_shape(const sv_npy *npy, const sv_shape *wanted)
{
    if (npy->rank == 3 && wanted->rank == 3) return sv_shape3(npy->dim[1], npy->dim[2], 1);
    sv_shape s = { npy->rank - 1, { 0 } };
    for (int i = 0; i < s.rank; i++) s.dim[i] = npy->dim[i + 1];
    return s;
}

sv_status sv_open_npy(const sv_source_args *args, sv_dataset *d, sv_fault *fault)
{
    static const sv_pixel pixels[] = { [SV_NPY_F32] = SV_PIXEL_F32, [SV_NPY_U8] = SV_PIXEL_U8, [SV_NPY_U16] = SV_PIXEL_U16 };
    const char *path = args->spec->path;
    sv_npy *npy = sv_new(1, sizeof *npy);
    if (!npy) return sv_fail_memory(fault, path);
    d->own = npy;
    d->close = close_npy;
    d->read = read_sample;
    sv_status status = sv_npy_open(path, npy, fault);
    if (status != SV_OK) return status;
    if (npy->rank < 2) return sv_fail(fault, SV_BAD_DATA, "%s: an array of %d dimension; expected [N,H,W,C]", path, npy->rank);
    d->count = npy->dim[0];
    sv_shape have = sample_shape(npy, args->wanted);
    status = sv_source_shape(d, path, &have, pixels[npy->type], args->wanted, fault);
    if (status == SV_OK && d->count <= args->memory_limit / (int64_t)d->sample_bytes) d->resident = npy->data;
    return status;
}
