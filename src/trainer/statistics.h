/* Means, and whether two of them differ by more than their noise. */
#ifndef SV_TRAINER_STATISTICS_H
#define SV_TRAINER_STATISTICS_H

typedef struct sv_sample_mean {
    int n;           /* values that are finite */
    double mean, sd; /* sd with n - 1; NAN where it takes more values */
} sv_sample_mean;

sv_sample_mean sv_mean_of(const double *value, int count);

/* The regularized incomplete beta function I_x(a, b), by Lentz's continued fraction (Press et al., Numerical Recipes, 6.4). */
double sv_incomplete_beta(double a, double b, double x);

/* Welch's t-test: two-sided p of equal means without assuming equal variances (B. L. Welch, Biometrika 34, 1947), its degrees of
 * freedom by Satterthwaite. NAN where a sample has fewer than two values. */
double sv_welch_p(const sv_sample_mean *a, const sv_sample_mean *b);

/* Two-sided p of a normal deviate z. */
double sv_normal_p(double z);

#endif
