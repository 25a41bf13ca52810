/* What the system says of this process. */
#ifndef SV_BASE_PROCESS_H
#define SV_BASE_PROCESS_H
#include <stdint.h>

/* Bytes of memory that are resident now, and that were at most. Both are those of this program alone: the peak that getrusage
 * gives also counts the program that ran in this process before, as when a large one starts it. 0 where the system does not
 * say. */
int64_t sv_process_resident(void);
int64_t sv_process_peak(void);

#endif
