/* A table read back from a CSV file. */
#ifndef SV_REPORT_COLUMNS_H
#define SV_REPORT_COLUMNS_H
#include "base/status.h"

typedef struct sv_columns {
    char *text; /* what the fields point into */
    int columns;
    int64_t rows;
    char **name;  /* [columns] */
    char **field; /* [rows][columns] */
} sv_columns;

/* Reads a file with a line of names first; fields may stand in double quotes. Faults name the file and the line. Free with
 * sv_columns_free, also after a fault. */
sv_status sv_columns_read(const char *path, sv_columns *c, sv_fault *fault);
void sv_columns_free(sv_columns *c);

/* The column of that name, or -1. */
int sv_columns_find(const sv_columns *c, const char *name);
/* A field as a number; NAN where it is none. */
double sv_columns_number(const sv_columns *c, int64_t row, int column);
/* A column's numbers, a new array (sv_free) of at least one element; NULL where memory is short or there is no such column. */
double *sv_columns_numbers(const sv_columns *c, const char *name);

#endif
