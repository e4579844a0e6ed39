#include <stdlib.h>
#include <string.h>
#include "pixelcnn/watch/curves.h"

enum { SMOOTHED_PARTS = 40 }; // half a window is one of these

void begin_curves(curves *c) { *c = (curves){.stride = 1, .first = CURVE_BINS, .best = -1}; }

static void join(curve_bin *to, const curve_bin *b)
{
    if (b->n) to->rate = b->rate;
    to->n += b->n;
    to->sum += b->sum;
    if (!b->validated) return;
    to->validated = b->validated;
    to->validation = b->validation;
}

static void double_stride(curves *c)
{
    for (int i = 0; i < CURVE_BINS / 2; ++i) {
        curve_bin both = c->bin[2 * i];
        join(&both, &c->bin[2 * i + 1]);
        c->bin[i] = both;
    }
    memset(c->bin + CURVE_BINS / 2, 0, sizeof c->bin / 2);
    c->stride *= 2;
    c->first /= 2;
    c->end = (c->end + 1) / 2;
}

static void add(curves *c, size_t iteration, curve_bin b)
{
    size_t at = iteration ? iteration - 1 : 0;
    while (at / c->stride >= CURVE_BINS) double_stride(c);
    int i = (int)(at / c->stride);
    join(&c->bin[i], &b);
    ++c->changes;
    if (i < c->first) c->first = i;
    if (i >= c->end) c->end = i + 1;
}

void add_iteration(curves *c, size_t iteration, double bits, double rate)
{
    add(c, iteration, (curve_bin){.n = 1, .sum = bits, .rate = rate});
}

void add_validation(curves *c, size_t iteration, double bits)
{
    add(c, iteration, (curve_bin){.validated = iteration, .validation = bits});
}

int coarse_curve(const curves *c, int parts, double *mean)
{
    int points = 0;
    for (int i = c->first; i < c->end; i += parts) {
        double sum = 0;
        int n = 0;
        for (int k = i; k < c->end && k < i + parts; ++k) {
            sum += c->bin[k].sum;
            n += c->bin[k].n;
        }
        mean[points++] = n ? sum / n : -1;
    }
    return points;
}

void smooth_curve(const curves *c, double *smooth)
{
    int half = (c->end - c->first) / SMOOTHED_PARTS + 1;
    for (int i = c->first; i < c->end; ++i) {
        int back = i - c->first < half ? i - c->first : half, ahead = c->end - 1 - i < back ? c->end - 1 - i : back;
        double sum = 0, weights = 0;
        for (int k = i - back; k <= i + ahead; ++k) {
            double weight = half + 1 - abs(k - i);
            sum += weight * c->bin[k].sum;
            weights += weight * c->bin[k].n;
        }
        smooth[i] = weights > 0 ? sum / weights : -1;
    }
}
