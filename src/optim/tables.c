/* The optimizers' arguments. Defaults are Keras 3's; PyTorch's where the dialects of interface's table differ. */
#include "optim/optim.h"
#include <math.h>

const char *const sv_optimizer_names[] = { "adam", "sgd", "adamw", "rmsprop", NULL };

#define NUMBER(field, least, most, standard, torch, text)                                                                          \
    {                                                                                                                              \
        .key = #field, .type = SV_ARG_FLOAT, .offset = offsetof(sv_optimizer, field), .minimum = (least), .maximum = (most),       \
        .fallback = (standard), .fallback_torch = (torch), .doc = (text)                                                           \
    }
#define SWITCH(field, text)                                                                                                        \
    {                                                                                                                              \
        .key = #field, .type = SV_ARG_SWITCH, .offset = offsetof(sv_optimizer, field), .fallback = 0, .fallback_torch = NAN,       \
        .doc = (text)                                                                                                              \
    }

/* Below 1, so that 1 - beta^t is never 0. */
#define BELOW_ONE 0.999999
#define ANY 1e9

#define RATE(standard) NUMBER(learning_rate, 0, ANY, standard, NAN, "step size")
#define EPSILON NUMBER(epsilon, 0, ANY, 1e-7, 1e-8, "added to the denominator, where each framework adds it")
#define DECAY(standard, torch) NUMBER(weight_decay, 0, ANY, standard, torch, "pull of the weights towards 0")
#define MOMENTUM NUMBER(momentum, 0, 1, 0, NAN, "share of the last step in the next")
#define BETAS                                                                                                                      \
    NUMBER(beta_1, 0, BELOW_ONE, 0.9, NAN, "decay of the gradients' mean"),                                                        \
        NUMBER(beta_2, 0, BELOW_ONE, 0.999, NAN, "decay of the squared gradients' mean")
#define AMSGRAD SWITCH(amsgrad, "divide by the largest mean so far")
#define RHO NUMBER(rho, 0, 1, 0.9, 0.99, "decay of the squared gradients' mean")
#define COMMON                                                                                                                     \
    NUMBER(clipvalue, 0, ANY, 0, NAN, "largest element of a gradient; 0: any"),                                                    \
        NUMBER(clipnorm, 0, ANY, 0, NAN, "largest norm of one weight's gradient; 0: any"),                                         \
        NUMBER(global_clipnorm, 0, ANY, 0, NAN, "largest norm of all gradients together; 0: any"),                                 \
        { .key = "schedule",                                                                                                       \
          .type = SV_ARG_SCHEDULE,                                                                                                 \
          .offset = offsetof(sv_optimizer, schedule),                                                                              \
          .fallback_text = "constant",                                                                                             \
          .doc = "how the learning rate changes" },                                                                                \
        { .key = "dialect", .type = SV_ARG_DIALECT, .offset = offsetof(sv_optimizer, dialect), .doc = "whose formulas" },          \
    {                                                                                                                              \
        .key = NULL                                                                                                                \
    }

static const sv_arg adam_table[] = {
    RATE(0.001), BETAS, EPSILON, AMSGRAD, DECAY(0, NAN), COMMON,
};
static const sv_arg adamw_table[] = {
    RATE(0.001), BETAS, EPSILON, AMSGRAD, DECAY(0.004, 0.01), COMMON,
};
static const sv_arg sgd_table[] = {
    RATE(0.01), MOMENTUM, SWITCH(nesterov, "look ahead along the momentum"), DECAY(0, NAN), COMMON,
};
static const sv_arg rmsprop_table[] = {
    RATE(0.001), RHO, MOMENTUM, EPSILON, SWITCH(centered, "divide by the deviation, not the magnitude"), DECAY(0, NAN), COMMON,
};

const sv_arg *sv_optimizer_table(sv_optimizer_type type)
{
    static const sv_arg *const tables[] = { adam_table, sgd_table, adamw_table, rmsprop_table };
    return tables[type];
}

const char *sv_optimizer_doc(sv_optimizer_type type)
{
    static const char *const docs[] = {
        "steps of the gradients' mean over the root of their squares' mean (Kingma, Ba 2014)",
        "steps along the gradient, with momentum if wanted (Sutskever et al. 2013)",
        "adam with the weight decay outside the gradient (Loshchilov, Hutter 2019)",
        "steps of the gradient over the root of its squares' mean (Hinton 2012)",
    };
    return docs[type];
}

sv_status sv_optimizer_complete(sv_optimizer *o, sv_dialect dialect, sv_fault *fault)
{
    if ((int)o->type < 0 || o->type >= SV_OPTIMIZER_COUNT)
        return sv_fail(fault, SV_BAD_ARGUMENT, "type: there is no optimizer number %d", (int)o->type);
    if ((int)o->schedule.type < 0 || o->schedule.type >= SV_SCHEDULE_COUNT)
        return sv_fail(fault, SV_BAD_ARGUMENT, "schedule: there is no schedule number %d", (int)o->schedule.type);
    const sv_arg *table = sv_optimizer_table(o->type), *schedule = sv_schedule_table(o->schedule.type);
    sv_args_complete(table, o, dialect);
    sv_args_complete(schedule, &o->schedule, o->dialect);
    sv_status status = sv_args_check(table, o, fault);
    if (status != SV_OK) return status;
    status = sv_args_check(schedule, &o->schedule, fault);
    if (status != SV_OK) sv_fault_inside(fault, "schedule");
    return status;
}

static bool has_momentum(const sv_optimizer *o)
{
    return o->momentum > 0;
}

int sv_optimizer_slots(const sv_optimizer *o)
{
    switch (o->type) {
    case SV_SGD:
        return has_momentum(o);
    case SV_RMSPROP:
        return 1 + (o->centered == SV_ON) + has_momentum(o);
    default:
        return 2 + (o->amsgrad == SV_ON);
    }
}
