/* A folder of its own for each test program, and small helpers around files. */
#ifndef SV_TESTS_SCRATCH_H
#define SV_TESTS_SCRATCH_H
#include <stddef.h>

/* A fresh empty folder under $TMPDIR or /tmp; removed with all it holds by scratch_remove. The path is owned by the caller (free). */
char *scratch_make(void);
void scratch_remove(char *folder);

/* "folder/name", one of a ring of static texts that later calls reuse. */
const char *scratch_path(const char *folder, const char *name);

/* Plain writes and reads, independent of the library. */
void scratch_write(const char *path, const void *data, size_t bytes);
unsigned char *scratch_read(const char *path, size_t *bytes);
/* Entries of a folder except "." and "..". */
int scratch_entries(const char *folder);

#endif
