/* V1: layers that shrink or swell what passes through them at initialization. */
#include "artifacts/lint.h"
#include <math.h>
#include <stdio.h>

static bool healthy(double gain)
{
    return gain >= 0.5 && gain <= 2;
}

/* The same layer's draw by `type` with the true fans; under icnr it is each sub-kernel's. */
static sv_draw draw_with(const sv_draw *now, const sv_fans *fans, sv_initializer_type type)
{
    sv_draw then = *now;
    bool icnr = now->initializer.type == SV_INIT_ICNR;
    if (icnr)
        then.initializer.inner = type;
    else if (type != now->initializer.type)
        then.initializer = (sv_initializer){ .type = type };
    then.initializer.fan = SV_FAN_TRUE;
    sv_initializer_complete(&then.initializer, "kernel", SV_KERAS, fans->in);
    then.fan_in = fans->in[SV_FAN_TRUE], then.fan_out = fans->out[SV_FAN_TRUE];
    return then;
}

/* Without bias and mean the gain grows as the kernel's standard deviation. */
static void fix_gain(const sv_draw *d, const sv_fans *fans, double gain, sv_lint *l)
{
    bool icnr = d->initializer.type == SV_INIT_ICNR;
    const sv_initializer_type types[] = { icnr ? d->initializer.inner : d->initializer.type, SV_INIT_HE_UNIFORM,
                                          SV_INIT_LECUN_UNIFORM };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        sv_draw draw = draw_with(d, fans, types[i]);
        double now = sv_draw_stddev(d), then = now > 0 ? gain * sv_draw_stddev(&draw) / now : 0;
        if (!healthy(then)) continue;
        snprintf(l->fix, sizeof l->fix, "\"kernel_initializer\": %s{\"type\": \"%s\", \"fan\": \"true\"}%s: a gain of about %.2g",
                 icnr ? "{\"type\": \"icnr\", \"initializer\": " : "", sv_initializer_names[types[i]], icnr ? "}" : "", then);
        return;
    }
    snprintf(l->fix, sizeof l->fix, "a kernel of %.3g times its present standard deviation", 1 / gain);
}

static const char *fans_name(sv_fan fan)
{
    return fan == SV_FAN_TORCH ? "PyTorch's" : fan == SV_FAN_TRUE ? "true" : "Keras's";
}

static sv_status lint_layer(sv_static *s, const sv_moments *m, const sv_node *n, sv_fault *fault)
{
    double gain = sv_expected_gain(m, n);
    int index = sv_layer_parameter(n, "kernel");
    if (healthy(gain) || isnan(gain)) return SV_OK;
    sv_lint *l = sv_lint_add(s, "V1", SV_WARNING, n);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    sv_parameters p = { .graph = n->graph };
    sv_draw d = sv_parameter_draw(&p, index);
    snprintf(l->message, sizeof l->message,
             "at initialization the layer's values are %.3g times its input's (expected rms %.3g after %.3g): %s, %s fans %.6g in, "
             "%.6g out; a pixel really sums %.6g taps",
             gain, gain * sv_expected_rms(m, n->input[0]), sv_expected_rms(m, n->input[0]),
             sv_initializer_names[d.initializer.type], fans_name(d.initializer.fan), d.fan_in, d.fan_out,
             n->graph->parameter[index].spec.fans.in[SV_FAN_TRUE]);
    fix_gain(&d, &n->graph->parameter[index].spec.fans, gain, l);
    return SV_OK;
}

sv_status sv_lint_variance(sv_static *s, const sv_moments *m, sv_fault *fault)
{
    sv_status status = SV_OK;
    for (int i = 0; i <= s->output->index && status == SV_OK; i++)
        if (s->used[i] && sv_layer_parameter(s->graph->node[i], "kernel") >= 0)
            status = lint_layer(s, m, s->graph->node[i], fault);
    return status;
}
