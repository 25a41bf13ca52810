/* Fuzzers of the readers of files (clang's libFuzzer): the bytes go into a file in memory whose path the reader gets. */
#ifndef SV_TESTS_FUZZ_H
#define SV_TESTS_FUZZ_H
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The path of an unnamed file of these bytes, into `path`; close the descriptor it returns. */
static inline int fuzz_file(const uint8_t *data, size_t size, char path[64])
{
    int fd = memfd_create("fuzz", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) __builtin_trap();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

#endif
