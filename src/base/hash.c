#include "base/hash.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <string.h>
#include <unistd.h>

struct sv_hash {
    SHA2_CTX state;
};

sv_hash *sv_hash_begin(void)
{
    sv_hash *h = sv_new(1, sizeof *h);
    if (h) SHA256Init(&h->state);
    return h;
}

void sv_hash_add(sv_hash *h, const void *data, size_t bytes)
{
    if (bytes) SHA256Update(&h->state, data, bytes);
}

static void finish(SHA2_CTX *state, char digest[SV_DIGEST_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t raw[SHA256_DIGEST_LENGTH];
    SHA256Final(raw, state);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        digest[2 * i] = digits[raw[i] >> 4];
        digest[2 * i + 1] = digits[raw[i] & 15];
    }
    digest[SV_DIGEST_TEXT - 1] = '\0';
}

void sv_hash_end(sv_hash *h, char digest[SV_DIGEST_TEXT])
{
    finish(&h->state, digest);
    sv_free(h);
}

void sv_hash_bytes(const void *data, size_t bytes, char digest[SV_DIGEST_TEXT])
{
    SHA2_CTX state;
    SHA256Init(&state);
    if (bytes) SHA256Update(&state, data, bytes);
    finish(&state, digest);
}

sv_status sv_hash_file(const char *path, char digest[SV_DIGEST_TEXT], sv_fault *fault)
{
    enum { PIECE = 16384 };
    uint8_t piece[PIECE];
    SHA2_CTX state;
    SHA256Init(&state);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;
    if (fd >= 0)
        while ((got = read(fd, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR))
            if (got > 0) SHA256Update(&state, piece, (size_t)got);
    int error = errno;
    if (fd >= 0) close(fd);
    if (got < 0) return sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", path, strerror(error));
    finish(&state, digest);
    return SV_OK;
}
