/* Tables that grow by rows and are written whole: the file on disk is always one that a checkpoint knows. */
#ifndef SV_TRAINER_CSV_H
#define SV_TRAINER_CSV_H
#include "base/status.h"
#include "base/text.h"

enum { SV_CSV_ROW = 112 }; /* no row of four numbers is longer */

/* Start from {0}; free with sv_csv_free. */
typedef struct sv_csv {
    sv_text text; /* header and rows */
    int64_t rows;
} sv_csv;

/* The header line, without its newline. */
sv_status sv_csv_start(sv_csv *c, const char *header, sv_fault *fault);
/* Takes the memory of so many bytes of further rows, so that sv_csv_row within them allocates nothing. */
sv_status sv_csv_reserve(sv_csv *c, size_t bytes, sv_fault *fault);
/* Adds one line, given without its newline. */
void sv_csv_row(sv_csv *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Header and first `rows` rows of a file, dropping what follows. A fault where it has fewer or another header. */
sv_status sv_csv_read(sv_csv *c, const char *path, const char *header, int64_t rows, sv_fault *fault);
sv_status sv_csv_write(const sv_csv *c, const char *path, sv_fault *fault);
void sv_csv_free(sv_csv *c);

#endif
