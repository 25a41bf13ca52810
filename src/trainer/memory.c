#include "trainer/memory.h"
#include "optim/optim.h"
#include "trainer/data_sets.h"

/* What a training touches of the program itself once it runs: code and the stacks of its threads. Measured; it depends little on
 * the model, and by up to 0.3 MiB on where the system happens to place the program. */
enum { CODE = 760 * 1024, STACK = 60 * 1024 };

void sv_memory_add_up(sv_memory *m, int64_t resident)
{
    const sv_run_memory *r = &m->run;
    m->program = resident + CODE + (int64_t)r->workers * STACK;
    m->total = r->parameters + r->gradients + r->packed + r->activations + r->batch_resident + r->losses + m->optimizer + m->data +
               m->loader + m->program;
}

static sv_status predict(const sv_config *c, const sv_built *b, const sv_run_args *how, sv_memory *m, sv_fault *fault)
{
    sv_parameters *p = NULL;
    sv_run_args args = *how;
    args.output = b->output;
    args.loss = b->loss;
    args.batch = c->batch_size;
    args.gradients = true;
    if (sv_parameters_new(b->graph, &p, fault) != SV_OK) return fault->status;
    if (sv_run_predict_memory(b->graph, p, &args, &m->run, fault) == SV_OK)
        m->optimizer = sv_optimizer_slots(&c->optimizer) * p->trainable * (int64_t)sizeof(float);
    sv_parameters_free(p);
    return fault->status;
}

sv_status sv_memory_predict(const sv_config *c, const sv_run_args *how, int64_t resident, sv_memory *m, sv_fault *data_fault,
                            sv_fault *fault)
{
    sv_built b;
    *m = (sv_memory){ 0 };
    if (sv_config_build(c, &b, fault) != SV_OK) return fault->status;
    if (predict(c, &b, how, m, fault) == SV_OK) {
        m->data_known = sv_run_data_survey(c, &b, &m->data, &m->loader, data_fault) == SV_OK;
        if (!m->data_known) m->data = m->loader = 0;
        sv_memory_add_up(m, resident);
    }
    sv_graph_free(b.graph);
    return fault->status;
}
