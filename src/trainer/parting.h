/* Where two run folders part. */
#ifndef SV_TRAINER_PARTING_H
#define SV_TRAINER_PARTING_H
#include "trainer/reproduce.h"

/* Two tables of one name in the folders of a run (a) and of its repetition (b). */
typedef struct sv_table_pair {
    char *a, *b;
} sv_table_pair;

/* A file that is missing in one folder is empty. */
sv_status sv_tables_read(const char *a, const char *b, const char *name, sv_table_pair *pair, sv_fault *fault);
void sv_tables_free(sv_table_pair *pair);

/* The first row (below the header) that differs; its first column is returned (-1: none), and what differs is added to `what`:
 * "loss 0.25 in the run, 0.26 now". Columns of digests are only named and counted: "dec1/kernel and 3 more of 8". */
int64_t sv_tables_part(const sv_table_pair *pair, bool digests, sv_text *what);

/* Adds a line to `lines` where two weights files differ: which tensor first, how many, by how much. Metadata do
 * not count: another version of the program may list more keys of a model. */
sv_status sv_weights_part(const char *a, const char *b, const char *name, sv_text *lines, sv_fault *fault);

#endif
