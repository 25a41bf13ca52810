/* The JSON header of a safetensors file: one object of {"dtype", "shape", "data_offsets"} per tensor, and "__metadata__". Its shape
 * is fixed and two levels deep, so a scanner of its own reads it, and refuses whatever else JSON could say. */
#ifndef SV_FORMATS_SAFETENSORS_HEADER_H
#define SV_FORMATS_SAFETENSORS_HEADER_H
#include "formats/safetensors.h"

/* Where a tensor's bytes lie behind the header. */
typedef struct sv_extent {
    size_t begin, end;
} sv_extent;

typedef struct sv_header {
    sv_tensor *tensor; /* data not set; owned until taken over */
    sv_extent *extent;
    size_t tensors, tensor_room, extent_room;
    sv_metadata *metadata;
    size_t entries, entry_room;
} sv_header;

/* Reads `size` bytes of header text from anybody. Names are unique, valid UTF-8 and without NUL; shapes have rank 0 to 4 and at
 * least one element; extents are as the text says, unchecked. On a fault the header is freed. */
sv_status sv_header_parse(const char *text, size_t size, sv_header *header, sv_fault *fault);
void sv_header_free(sv_header *header);

/* Fails with `wrong` where two of `count` structs, `stride` bytes apart, whose first field is a name have the same. */
sv_status sv_check_unique(const void *first, size_t stride, size_t count, const char *what, sv_status wrong,
                          sv_fault *fault);

const char *sv_dtype_name(sv_dtype dtype);
/* Bytes of one element; of a whole tensor (0 where the shape has no elements or too many). */
size_t sv_dtype_size(sv_dtype dtype);
size_t sv_tensor_bytes(const sv_tensor *t);

#endif
