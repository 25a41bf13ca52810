/* What the drawn kernels do to what passes through them. */
#ifndef SV_CLI_INIT_HEALTH_H
#define SV_CLI_INIT_HEALTH_H
#include "cli/layer_rms.h"

/* Of a layer with a kernel: the rms of its output as the initializer's law expects it and as drawn, and the drawn gain: over its
 * input's; of an activation that is not 0 at 0 (sigmoid) the gain before it; NAN after an input of zeros. */
typedef struct sv_layer_health {
    double expected, drawn, gain;
    bool before; /* the gain is of the values before the activation */
} sv_layer_health;

/* False of parameters that are no kernel. */
bool sv_kernel_health(const sv_target *t, const sv_layer_rms *r, int parameter, sv_layer_health *h);

/* Population standard deviation of a parameter's values. */
double sv_drawn_stddev(const sv_target *t, int parameter);

/* A warning in words where a drawn layer dies (gain below 1/2) or explodes (above 2); false where it does neither. */
enum { SV_HEALTH_TEXT = 256 };
bool sv_health_warning(const sv_target *t, const sv_layer_rms *r, int parameter, char text[SV_HEALTH_TEXT]);

#endif
