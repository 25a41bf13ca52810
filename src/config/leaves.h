/* JSON text as a flat list of paths and values: for readers of run folders that know no cJSON. */
#ifndef SV_CONFIG_LEAVES_H
#define SV_CONFIG_LEAVES_H
#include "base/status.h"

/* A value that holds no other: a text, number, true, false, null, {} or a list without objects ("[[0,1],[0,1]]"). */
typedef struct sv_leaf {
    char *path;    /* as overrides write it: "optimizer.learning_rate", "model.layers.enc1.filters", "loss[0].weight" */
    char *text;    /* a string's characters, else compact JSON */
    double number; /* NAN where it is no number */
    bool string;
} sv_leaf;

typedef struct sv_leaves {
    sv_leaf *leaf; /* in the order of the text */
    size_t count, capacity;
} sv_leaves;

/* Start from {0}; free also after a fault. Entries of a list that have a name go by it, others by their number. */
sv_status sv_leaves_parse(const char *text, size_t size, sv_leaves *leaves, sv_fault *fault);
sv_status sv_leaves_read(const char *path, sv_leaves *leaves, sv_fault *fault);
void sv_leaves_free(sv_leaves *leaves);

/* NULL where there is no such path. */
const sv_leaf *sv_leaves_find(const sv_leaves *leaves, const char *path);
/* Its characters or number; "" or NAN where there is none. */
const char *sv_leaves_text(const sv_leaves *leaves, const char *path);
double sv_leaves_number(const sv_leaves *leaves, const char *path);

#endif
