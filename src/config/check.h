/* What one key of a config asks of another. */
#ifndef SV_CONFIG_CHECK_H
#define SV_CONFIG_CHECK_H
#include "config/config.h"

/* Settles defaults that depend on other keys and refuses what does not go together. */
sv_status sv_config_check(sv_config *c, sv_fault *fault);

#endif
