/* safetensors (huggingface/safetensors): 8-byte little-endian header length, JSON header, raw data. Files are written
 * byte-deterministically: tensors in the order given, header padded with spaces to a multiple of 8. */
#ifndef SV_FORMATS_SAFETENSORS_H
#define SV_FORMATS_SAFETENSORS_H
#include "base/shape.h"

typedef enum sv_dtype { SV_F32 = 0, SV_F64, SV_I64, SV_U8 } sv_dtype;

typedef struct sv_tensor {
    char *name;
    sv_dtype dtype;
    sv_shape shape; /* rank 0 to 4 */
    void *data;
} sv_tensor;

typedef struct sv_metadata {
    char *key, *value;
} sv_metadata;

/* Writes atomically. Names and metadata are escaped as JSON. */
sv_status sv_safetensors_write(const char *path, const sv_tensor *tensor, int tensors, const sv_metadata *metadata, int entries,
                               sv_fault *fault);

/* A file read whole, tensors in the order of its header. Every byte of it is accounted for: sizes, overlaps, gaps, repeated names. */
typedef struct sv_safetensors {
    sv_tensor *tensor;
    int tensors;
    sv_metadata *metadata;
    int entries;
    char *bytes; /* all tensors, each aligned to 64 bytes */
} sv_safetensors;
sv_status sv_safetensors_read(const char *path, sv_safetensors *file, sv_fault *fault);
void sv_safetensors_free(sv_safetensors *file);
const sv_tensor *sv_safetensors_find(const sv_safetensors *file, const char *name);
const char *sv_safetensors_metadata(const sv_safetensors *file, const char *key);

#endif
