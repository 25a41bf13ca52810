/* The config that is part of the library. */
#ifndef SV_CONFIG_QUICKSTART_H
#define SV_CONFIG_QUICKSTART_H

#define SV_QUICKSTART_NAME "<quickstart>"

extern const char *const sv_quickstart_config;
/* The text of the model that it names as `path`; NULL for any other. */
const char *sv_quickstart_model(const char *path);

#endif
