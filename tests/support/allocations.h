/* Counts allocations: a test that uses this has its process's malloc and mmap replaced, also for the libraries it uses. */
#ifndef SV_TESTS_ALLOCATIONS_H
#define SV_TESTS_ALLOCATIONS_H
#include <stdbool.h>

/* Calls of malloc, calloc, realloc, aligned_alloc, posix_memalign and mmap so far, by any thread. */
long allocations_made(void);
/* False where they cannot be counted: under a sanitizer or valgrind, which have their own malloc, and without glibc. */
bool allocations_counted(void);

#endif
