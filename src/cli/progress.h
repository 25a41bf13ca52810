/* What training shows while it goes on. */
#ifndef SV_CLI_PROGRESS_H
#define SV_CLI_PROGRESS_H
#include "trainer/trainer.h"

/* Start with sv_bar_start; the functions take it as their context. */
typedef struct sv_bar {
    bool terminal; /* a bar that is redrawn; else a plain line per epoch */
    bool drawn;    /* an unfinished line stands there */
} sv_bar;
void sv_bar_start(sv_bar *b);

/* For sv_train_args.progress and .note. */
void sv_bar_progress(void *bar, const sv_progress *p);
void sv_bar_note(void *bar, const char *line);

/* Wipes an unfinished line, so that what follows begins on a line of its own. */
void sv_bar_end(sv_bar *b);

#endif
