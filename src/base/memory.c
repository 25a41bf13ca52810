#include "base/memory.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Asks for huge pages inside a large area, which saves misses of the TLB and no memory: only whole ones that belong to it. */
static void use_huge_pages(void *p, size_t bytes)
{
    enum { PAGE = 2 << 20, LEAST = 4 << 20 };
    const size_t before = (size_t)(-(uintptr_t)p % PAGE);
    if (bytes >= LEAST) madvise((char *)p + before, (bytes - before) / PAGE * PAGE, MADV_HUGEPAGE);
}

void *sv_new(size_t count, size_t size)
{
    if (size && count > (SIZE_MAX - 64) / size) return NULL;
    size_t bytes = (count * size + 63) & ~(size_t)63;
    void *p = aligned_alloc(64, bytes ? bytes : 64);
    if (!p) return NULL;
    use_huge_pages(p, bytes);
    return memset(p, 0, bytes);
}

void sv_free(void *p)
{
    free(p);
}

void *sv_grow(void *p, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity) return p;
    size_t wanted = *capacity ? *capacity : 8;
    while (wanted < need) {
        if (wanted > SIZE_MAX / 2) return NULL;
        wanted *= 2;
    }
    void *larger = sv_new(wanted, size);
    if (!larger) return NULL;
    if (p) memcpy(larger, p, *capacity * size);
    sv_free(p);
    *capacity = wanted;
    return larger;
}

char *sv_copy_text(const char *s)
{
    if (!s) return NULL;
    size_t n = strlen(s) + 1;
    char *copy = sv_new(n, 1);
    if (copy) memcpy(copy, s, n);
    return copy;
}

float *sv_map_floats(size_t count)
{
    if (count > SIZE_MAX / sizeof(float)) return NULL;
    void *p = mmap(NULL, count ? count * sizeof(float) : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    use_huge_pages(p, count * sizeof(float));
    return p;
}

void sv_unmap_floats(float *p, size_t count)
{
    if (p) munmap(p, count ? count * sizeof(float) : 1);
}
