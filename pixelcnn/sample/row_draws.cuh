/* row_draws.cuh - how row_kernels.cu draws a value, and counts its nats. The formulas are those of the CPU,
   draw_level.h. */
#pragma once
#include <float.h>
#include <math.h>
#include "base/random.h"
#include "pixelcnn/sample/draw_level.h"
#include "pixelcnn/sample/row_kernels.h"

enum { WARP = 32 };

/* ---- draws ---- */

enum { NO_LEVEL = -1, NONFINITE = -2 };

/* The likeliest level, the first of equals, and its logit; NONFINITE if one of those compared was NaN or
   infinite. */
typedef struct {
    float logit;
    int level;
} likeliest;

static __device__ likeliest likelier(likeliest a, likeliest b)
{
    if (a.level == NONFINITE) return a;
    if (b.level == NONFINITE) return b;
    if (b.level < 0 || (a.level >= 0 && (a.logit > b.logit || (a.logit == b.logit && a.level < b.level)))) return a;
    return b;
}

/* A value that is drawn, by a warp. */
typedef struct {
    int image, column, pixel, colour; // pixel: of the image's
    const float *logits, *without;    // without: with guidance only
    double *part;                     // (SHARE_PARTS), in shared memory
    float *share;                     // (levels), too
} drawn_value;

static __device__ float logit_of(const draw_request &q, const drawn_value &v, int l)
{
    return q.guided ? guided_logit(q.guidance, v.logits[l], v.without[l]) : v.logits[l];
}

static __device__ float share_of(const draw_request &q, const drawn_value &v, int l, float top)
{
    return exp_vector(HAS_FMA, share_exponent(logit_of(q, v, l), top, q.temperature));
}

/* By all threads of the warp: the likeliest level, and unless that is taken anyway the shares. */
static __device__ likeliest share_levels(const row_walk &w, const draw_request &q, const drawn_value &v)
{
    int first = threadIdx.x % WARP;
    likeliest top = {0, NO_LEVEL};
    for (int l = first; l < w.levels; l += WARP) {
        likeliest here = {logit_of(q, v, l), l};
        if (!(fabsf(here.logit) <= FLT_MAX)) here.level = NONFINITE;
        top = likelier(top, here);
    }
    for (int by = WARP / 2; by; by /= 2) {
        likeliest other = {__shfl_xor_sync(0xffffffff, top.logit, by), __shfl_xor_sync(0xffffffff, top.level, by)};
        top = likelier(top, other);
    }
    for (int l = first; !is_greedy(q.temperature) && l < w.levels; l += WARP) v.share[l] = share_of(q, v, l, top.logit);
    __syncwarp();
    if (!is_greedy(q.temperature) && w.levels > FEW_LEVELS && first < SHARE_PARTS)
        v.part[first] = sum_of_part(v.share, w.levels, first);
    __syncwarp();
    return top;
}

/* By one thread. Near a boundary the shares are summed as the CPU does. */
static __device__ int level_of_shares(const row_walk &w, const drawn_value &v, int top, double u)
{
    double sum = 0;
    int level = w.levels > FEW_LEVELS ? level_in_two_steps(v.part, v.share, w.levels, u) : -1;
    if (level >= 0) return level;
    for (int l = 0; l < w.levels; ++l) sum += v.share[l];
    return level_by_level(v.share, w.levels, top, u, sum);
}

/* By all threads of the warp: the level. */
static __device__ int draw_level_of(const row_walk &w, const draw_request &q, const drawn_value &v)
{
    likeliest top = share_levels(w, q, v);
    int level = top.level;
    if (threadIdx.x % WARP == 0 && level == NONFINITE) {
        w.nll[v.image] = NAN;
        level = 0;
    } else if (threadIdx.x % WARP == 0 && !is_greedy(q.temperature)) {
        double u = random_unit(q.seed, STREAM_SAMPLE, q.first + v.image, v.pixel * w.colours + v.colour);
        level = level_of_shares(w, v, top.level, u);
    }
    return __shfl_sync(0xffffffff, level, 0);
}

/* ---- nats ---- */

/* Of a drawn value of the row, 0 of a given one; by one thread, as on the CPU. */
static __device__ double nats_of_value(const row_walk &w, const draw_request &q, int image, int value)
{
    int each = q.guided ? 2 : 1, row = w.width * w.colours;
    drawn_value v = drawn_value();
    v.image = image;
    v.column = value / w.colours;
    v.colour = value % w.colours;
    v.pixel = w.at->row * w.width + v.column;
    v.logits = w.logits + ((size_t)image * each * row + value) * w.levels;
    v.without = v.logits + (size_t)row * w.levels;
    if (is_greedy(q.temperature) || (q.has_keep && w.keep[v.pixel])) return 0;
    int level = w.drawn[((size_t)image * w.colours + v.colour) * w.height * w.width + v.pixel];
    float top = logit_of(q, v, 0);
    for (int l = 1; l < w.levels; ++l) {
        float x = logit_of(q, v, l);
        top = x > top ? x : top;
    }
    double sum = 0;
    for (int l = 0; l < w.levels; ++l) sum += share_of(q, v, l, top);
    return nats_of_level(logit_of(q, v, level), top, q.temperature, sum);
}
