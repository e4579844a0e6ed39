/*
transpose.c - a matrix turned around, CPU. See transpose.h.
*/
#include <string.h>
#include "base/vector_math.h"
#include "layers/math/transpose.h"

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

void transpose(const transposition *t)
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
