/* Optimizers, clipping and learning-rate schedules over flat arrays. They never see layers. */
#ifndef SV_OPTIM_OPTIM_H
#define SV_OPTIM_OPTIM_H
#include "base/args.h"
#include "kernels/kernels.h"

/* Names indexed by sv_optimizer_type / sv_schedule_type, NULL-terminated, and each type's argument table (over sv_optimizer,
 * learning rate, clipping and schedule included; over sv_schedule). */
extern const char *const sv_optimizer_names[];
const sv_arg *sv_optimizer_table(sv_optimizer_type type);
const char *sv_optimizer_doc(sv_optimizer_type type);
extern const char *const sv_schedule_names[];
const sv_arg *sv_schedule_table(sv_schedule_type type);
const char *sv_schedule_doc(sv_schedule_type type);

/* Fills defaults for a dialect, checks ranges. */
sv_status sv_optimizer_complete(sv_optimizer *o, sv_dialect dialect, sv_fault *fault);

/* Arrays of state per weight that this optimizer keeps: 0 to 3 (velocity; m, v, v_max; ...). */
int sv_optimizer_slots(const sv_optimizer *o);

/* What a step needs besides the arrays; all of it goes into a checkpoint. */
typedef struct sv_optimizer_state {
    int64_t step;             /* updates done */
    double beta_1_power, beta_2_power; /* running products beta^step */
    /* the plateau schedule's: */
    double plateau_best;
    int64_t plateau_wait, plateau_cooldown;
    double plateau_factor;    /* product of the reductions so far; 1 at first */
} sv_optimizer_state;
void sv_optimizer_start(const sv_optimizer *o, sv_optimizer_state *s);

/* Learning rate of the next update. */
float sv_learning_rate(const sv_optimizer *o, const sv_optimizer_state *s);
/* At an epoch's end, with the monitored value (plateau only; the others ignore it). */
void sv_schedule_epoch(const sv_optimizer *o, sv_optimizer_state *s, double monitored);

/* Where one tensor lies in the flat arrays (clipnorm and regularizers go by tensor). */
typedef struct sv_span {
    int64_t first, count;
    sv_regularizer regularizer;
} sv_span;

/* Flat arrays of `count` weights; slot[i] as many as sv_optimizer_slots. */
typedef struct sv_flat {
    int64_t count;
    float *weights, *gradients;
    float *slot[3];
    const sv_span *span;
    int spans;
} sv_flat;

/* One update, after clipping, over fixed blocks of elements on up to `threads` threads; advances the state. Gradients are
 * scaled in place where clipping applies. *gradient_norm: over all weights, before clipping. */
void sv_optimizer_step(const sv_optimizer *o, sv_optimizer_state *s, const sv_vectors *v, const sv_flat *f, int threads,
                       double *gradient_norm);

/* Adds l1 sign(w) + 2 l2 w to the gradients of every span that has a regularizer; returns the penalty. */
double sv_regularize(const sv_flat *f);

#endif
