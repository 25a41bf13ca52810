/* SHA-256 digests in hexadecimal (libmd). */
#ifndef SV_BASE_HASH_H
#define SV_BASE_HASH_H
#include "base/status.h"

#define SV_DIGEST_TEXT 65

typedef struct sv_hash sv_hash;
/* A running digest, or NULL where memory is short. sv_hash_end frees it and writes 64 hexadecimal digits and a NUL. */
sv_hash *sv_hash_begin(void);
void sv_hash_add(sv_hash *h, const void *data, size_t bytes);
void sv_hash_end(sv_hash *h, char digest[SV_DIGEST_TEXT]);

void sv_hash_bytes(const void *data, size_t bytes, char digest[SV_DIGEST_TEXT]);
sv_status sv_hash_file(const char *path, char digest[SV_DIGEST_TEXT], sv_fault *fault);

#endif
