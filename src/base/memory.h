/* Checked memory. Everything is zeroed and aligned to 64 bytes, so that vectors load whole cache lines. */
#ifndef SV_BASE_MEMORY_H
#define SV_BASE_MEMORY_H
#include <stddef.h>
#include <stdint.h>

/* count x size zeroed bytes, or NULL (also where the product overflows). Free with sv_free (NULL is fine). */
void *sv_new(size_t count, size_t size);
void sv_free(void *p);

/* Grows an array allocated by sv_new to hold `need` elements; *capacity is its present size. Returns the array (perhaps
 * moved) or NULL, then the old one is still valid. */
void *sv_grow(void *p, size_t *capacity, size_t need, size_t size);

/* A copy of a string; NULL where memory is short or s is NULL. */
char *sv_copy_text(const char *s);

/* Floats for large arenas: pages come zeroed from the system and cost memory only once touched. */
float *sv_map_floats(size_t count);
void sv_unmap_floats(float *p, size_t count);

#endif
