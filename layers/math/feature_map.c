/*
feature_map.c - features with channels last, CPU. See feature_map.h.
*/
#include <string.h>
#include "base/vector_math.h"
#include "layers/math/feature_map.h"

features features_over(float *x, int h, int w, int pixel)
{
    return (features){.x = x, .h = h, .w = w, .pixel = pixel, .row = (size_t)w * pixel};
}

/* In whole cache lines, so that what comes behind starts on one. */
size_t features_floats(int h, int w, int pixel, int left, int right)
{
    return ((size_t)h * (left + w + right) * pixel + 15) / 16 * 16;
}

features open_features(float **scratch, int h, int w, int pixel, int left, int right)
{
    features f = {.x = *scratch + left * pixel, .h = h, .w = w, .pixel = pixel};
    f.row = (size_t)(left + w + right) * pixel;
    *scratch += features_floats(h, w, pixel, left, right);
    for (int r = 0; r < h; ++r) {
        memset(f.x + r * f.row - left * pixel, 0, left * pixel * sizeof(float));
        memset(f.x + r * f.row + w * pixel, 0, right * pixel * sizeof(float));
    }
    return f;
}

/* Blocks of 8 x 8 are transposed in registers: pairs of rows are interleaved three times. The rest goes one by one. */
enum { BLOCK = 8 };
typedef float vec __attribute__((vector_size(BLOCK * sizeof(float))));
typedef int order __attribute__((vector_size(BLOCK * sizeof(int))));

/* A vector of lanes of a, numbered 0 to 7, and of b, 8 to 15. */
#ifdef __clang__
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (order){__VA_ARGS__})
#endif

/* t[2i] and t[2i+1] from rows i and i+4 as they were: after three rounds row k holds column k. */
static inline __attribute__((always_inline)) void interleave(vec *t)
{
    vec before[BLOCK];
    memcpy(before, t, sizeof before);
    for (int i = 0; i < BLOCK / 2; ++i) {
        t[2 * i] = PICK(before[i], before[i + BLOCK / 2], 0, 8, 1, 9, 2, 10, 3, 11);
        t[2 * i + 1] = PICK(before[i], before[i + BLOCK / 2], 4, 12, 5, 13, 6, 14, 7, 15);
    }
}

VECTORISED
static void turn_block(const float *from, size_t from_step, float *to, size_t to_step, int add)
{
    vec t[BLOCK], y;
    for (int i = 0; i < BLOCK; ++i) memcpy(t + i, from + i * from_step, sizeof(vec));
    interleave(t);
    interleave(t);
    interleave(t);
    for (int k = 0; add && k < BLOCK; ++k) {
        memcpy(&y, to + k * to_step, sizeof y);
        t[k] += y;
    }
    for (int k = 0; k < BLOCK; ++k) memcpy(to + k * to_step, t + k, sizeof(vec));
}

/* to (columns,rows) = from (rows,columns) transposed, or += where add; steps from one row to the next. */
typedef struct {
    const float *from;
    float *to;
    size_t from_step, to_step;
    int rows, columns, add;
} transposition;

static int at_most(int n, int most) { return n < most ? n : most; }

/* A block that ends early: at the last row or column. */
static void turn_rest(const transposition *t, int row, int column)
{
    int rows = at_most(t->rows, row + BLOCK), columns = at_most(t->columns, column + BLOCK);
    for (int i = row; i < rows; ++i)
        for (int k = column; k < columns; ++k) {
            float *y = t->to + k * t->to_step + i;
            *y = t->from[i * t->from_step + k] + (t->add ? *y : 0);
        }
}

static void turn(const transposition *t)
{
    for (int i = 0; i < t->rows; i += BLOCK)
        for (int k = 0; k < t->columns; k += BLOCK) {
            if (t->rows - i < BLOCK || t->columns - k < BLOCK)
                turn_rest(t, i, k);
            else
                turn_block(t->from + i * t->from_step + k, t->from_step, t->to + k * t->to_step + i, t->to_step,
                           t->add);
        }
}

/* Without margins an image is one long row. */
static int is_one_row(features f) { return f.row == f.w * f.pixel; }

void planes_to_features(const float *planes, int c, features f)
{
    size_t plane = (size_t)f.h * f.w;
    int rows = is_one_row(f) ? 1 : f.h, n = plane / rows;
    for (int r = 0; r < rows; ++r)
        turn(&(transposition){.from = planes + r * n,
                              .to = f.x + r * f.row,
                              .from_step = plane,
                              .to_step = f.pixel,
                              .rows = c,
                              .columns = n});
}

void features_to_planes(features f, int c, float *planes, int add)
{
    size_t plane = (size_t)f.h * f.w;
    int rows = is_one_row(f) ? 1 : f.h, n = plane / rows;
    for (int r = 0; r < rows; ++r)
        turn(&(transposition){.from = f.x + r * f.row,
                              .to = planes + r * n,
                              .from_step = f.pixel,
                              .to_step = plane,
                              .rows = n,
                              .columns = c,
                              .add = add});
}

VECTORISED
void add_pixel_sums(features f, int n, float *sums)
{
    for (int r = 0; r < f.h; ++r)
        for (int c = 0; c < f.w; ++c) {
            const float *x = f.x + r * f.row + c * f.pixel;
#pragma omp simd
            for (int i = 0; i < n; ++i) sums[i] += x[i];
        }
}
