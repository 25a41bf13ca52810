/* The version of the numerics: the number under which the bits of a training run are promised. */
#ifndef SV_BASE_NUMERICS_H
#define SV_BASE_NUMERICS_H

/* Raised whenever the same run would give other bits under the native backend: an order of a sum or a function (src/kernels),
 * a random stream (base/rng.h), the chunks of a batch and the tree over them (graph/plan.h), an update (src/optim) or a measure.
 * Checkpoints hold it, and those of another version are refused; the frozen digests of tests/contract stand under it. */
#define SV_NUMERICS_VERSION 1

#endif
