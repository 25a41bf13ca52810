/* The contract of an initializer: its row in table.c points to one of these, which the files of the families define. */
#ifndef SV_INIT_FAMILY_H
#define SV_INIT_FAMILY_H
#include "base/shape.h"
#include "init/init.h"
#include "init/source.h"

/* Whose generator draws it. LAPACK: both frameworks', with a decomposition in between whose bits nobody promises. */
typedef enum sv_origin { SV_ORIGIN_NONE = 0, SV_ORIGIN_KERAS, SV_ORIGIN_TORCH, SV_ORIGIN_LAPACK } sv_origin;

typedef struct sv_initializer_kind {
    const char *doc;         /* one line */
    const sv_arg *table;     /* over sv_initializer */
    sv_fan fan;              /* whose fans it counts unless `fan` says otherwise; SV_FAN_DEFAULT: it counts none */
    sv_origin origin;        /* NONE: it takes no random numbers (or, of icnr, its inner one's are meant) */
    const char *counterpart; /* of an origin's: the nearest in the other framework */
    /* Enumerated arguments that were left open; NULL: it has none. */
    void (*complete)(sv_initializer *i);
    sv_status (*draw)(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault);
    double (*stddev)(const sv_draw *d);
} sv_initializer_kind;

extern const sv_initializer_kind sv_init_zeros, sv_init_ones, sv_init_constant, sv_init_identity;
extern const sv_initializer_kind sv_init_random_normal, sv_init_random_uniform, sv_init_truncated_normal;
extern const sv_initializer_kind sv_init_uniform, sv_init_normal;
extern const sv_initializer_kind sv_init_variance_scaling, sv_init_orthogonal;
extern const sv_initializer_kind sv_init_glorot_uniform, sv_init_glorot_normal;
extern const sv_initializer_kind sv_init_he_uniform, sv_init_he_normal, sv_init_lecun_uniform, sv_init_lecun_normal;
extern const sv_initializer_kind sv_init_xavier_uniform, sv_init_xavier_normal;
extern const sv_initializer_kind sv_init_kaiming_uniform, sv_init_kaiming_normal;
extern const sv_initializer_kind sv_init_trunc_normal, sv_init_eye, sv_init_dirac, sv_init_sparse;
extern const sv_initializer_kind sv_init_icnr, sv_init_bilinear;

/* NULL for SV_INIT_DEFAULT and what is no initializer. */
const sv_initializer_kind *sv_initializer_kind_of(sv_initializer_type type);

/* Fills data from any source: what sv_draw_native does with the native one. */
sv_status sv_draw_from(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault);

/* Standard deviation of a standard normal cut at two. */
#define SV_TRUNCATED_STDDEV 0.87962566103423978

extern const char *const sv_fan_names[];
extern const char *const sv_fan_mode_names[];

/* Rows of argument tables that several initializers share. */
#define SV_INIT_NUMBER(k, lowest, highest, value, text)                                                                            \
    {                                                                                                                              \
        .key = #k, .type = SV_ARG_DOUBLE, .offset = offsetof(sv_initializer, k), .minimum = (lowest), .maximum = (highest),        \
        .fallback = (value), .fallback_torch = NAN, .doc = (text)                                                                  \
    }
#define SV_INIT_SEED                                                                                                               \
    {                                                                                                                              \
        .key = "seed", .type = SV_ARG_LONG, .offset = offsetof(sv_initializer, seed), .fallback_torch = NAN,                       \
        .fallback_text = "the run's seed", .doc = "a seed of its own"                                                              \
    }
#define SV_INIT_FAN(whose)                                                                                                         \
    {                                                                                                                              \
        .key = "fan", .type = SV_ARG_ENUM, .offset = offsetof(sv_initializer, fan), .fallback_torch = NAN, .names = sv_fan_names,  \
        .fallback_text = (whose), .doc = "whose fans: keras, torch, or the true mean taps per pixel"                               \
    }

#endif
