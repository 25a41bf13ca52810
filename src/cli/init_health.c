#include "cli/init_health.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

double sv_drawn_stddev(const sv_target *t, int parameter)
{
    const sv_parameter *q = &t->graph->parameter[parameter];
    const float *w = t->parameters->weights + q->offset;
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < q->count; i++) sum += (double)w[i];
    double mean = sum / (double)q->count;
    for (int64_t i = 0; i < q->count; i++) squares += ((double)w[i] - mean) * ((double)w[i] - mean);
    return sqrt(squares / (double)q->count);
}

/* Where the law measures the gain before the activation, the drawn one is the law's times what the kernel's standard deviation
 * has of its own. */
static double gain_of(const sv_target *t, const sv_layer_rms *r, int parameter, sv_layer_health *h)
{
    const sv_node *n = t->graph->parameter[parameter].node, *input = n->input[0];
    double expected = sv_expected_gain(r->expected, n), before = expected * sv_expected_rms(r->expected, input);
    h->before = isfinite(expected) && fabs(before - h->expected) > 1e-6 * h->expected;
    if (h->before) {
        sv_draw d = sv_parameter_draw(t->parameters, parameter);
        double stddev = sv_draw_stddev(&d);
        return stddev > 0 ? expected * sv_drawn_stddev(t, parameter) / stddev : expected;
    }
    return h->drawn / r->drawn[input->index];
}

bool sv_kernel_health(const sv_target *t, const sv_layer_rms *r, int parameter, sv_layer_health *h)
{
    const sv_parameter *q = &t->graph->parameter[parameter];
    if (strcmp(q->spec.name, "kernel") != 0 || isnan(r->drawn[q->node->index])) return false;
    h->expected = sv_expected_rms(r->expected, q->node);
    h->drawn = r->drawn[q->node->index];
    h->gain = gain_of(t, r, parameter, h);
    return true;
}

bool sv_health_warning(const sv_target *t, const sv_layer_rms *r, int parameter, char text[SV_HEALTH_TEXT])
{
    sv_layer_health h;
    const char *name = t->graph->parameter[parameter].node->name;
    if (!sv_kernel_health(t, r, parameter, &h) || isnan(h.gain) || (h.gain >= 0.5 && h.gain <= 2)) return false;
    snprintf(text, SV_HEALTH_TEXT,
             "%.60s %s: its values%s are %.3g times its input's; `selvage explain` names a start that keeps them", name,
             h.gain < 0.5 ? "dies" : "explodes", h.before ? " before the activation" : "", h.gain);
    return true;
}
