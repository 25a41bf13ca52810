#include "support/allocations.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The sanitizers bring their own malloc, and only glibc has a second name for its own. */
#if defined(__SANITIZE_ADDRESS__)
#define COUNTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNTS 0
#endif
#endif
#if !defined(COUNTS)
#if defined(__GLIBC__)
#define COUNTS 1
#else
#define COUNTS 0
#endif
#endif

static atomic_long allocations;

long allocations_made(void)
{
    return atomic_load(&allocations);
}

bool allocations_counted(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return COUNTS && !(preloaded && strstr(preloaded, "vgpreload"));
}

#if COUNTS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_realloc(p, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **p, size_t alignment, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    *p = __libc_memalign(alignment, size);
    return *p ? 0 : ENOMEM;
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    atomic_fetch_add(&allocations, 1);
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}
#endif
