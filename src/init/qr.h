/* The QR decomposition in double precision, of additions and products in one fixed order: the same bits on every machine. */
#ifndef SV_INIT_QR_H
#define SV_INIT_QR_H
#include "base/status.h"

/* a [m,n], m >= n, row by row, is destroyed; q [m,n] gets the Q of a = QR with orthonormal columns whose R has a positive
 * diagonal. Householder reflections, 32 at a time in the compact form of Schreiber and Van Loan ("A storage-efficient WY
 * representation for products of Householder transformations", 1989). Golub, Van Loan, "Matrix computations", 5.1-5.2. */
sv_status sv_qr(double *a, double *q, int64_t m, int64_t n, sv_fault *fault);

#endif
