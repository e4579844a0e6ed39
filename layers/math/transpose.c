#include <string.h>
#include "base/bounds.h"
#include "base/vectorised.h"
#include "layers/math/transpose.h"

/* Blocks of 8 x 8 are transposed in registers, the rest number by number. */
enum { BLOCK = 8, HALF = 4 };
typedef float vec __attribute__((vector_size(BLOCK * sizeof(float))));
typedef int order __attribute__((vector_size(BLOCK * sizeof(int))));

/* A vector of lanes of a, numbered 0 to 7, and of b, 8 to 15. */
#ifdef __clang__
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (order){__VA_ARGS__})
#endif

/* Without it gcc 12 keeps the block in memory. */
#define UNROLLED _Pragma("GCC unroll 8")

/* Both halves of four vectors as matrices of 4 x 4, transposed. */
VECTOR_BODY void turn_halves(vec *t)
{
    vec low = PICK(t[0], t[1], 0, 8, 1, 9, 4, 12, 5, 13), high = PICK(t[0], t[1], 2, 10, 3, 11, 6, 14, 7, 15);
    vec low2 = PICK(t[2], t[3], 0, 8, 1, 9, 4, 12, 5, 13), high2 = PICK(t[2], t[3], 2, 10, 3, 11, 6, 14, 7, 15);
    t[0] = PICK(low, low2, 0, 1, 8, 9, 4, 5, 12, 13);
    t[1] = PICK(low, low2, 2, 3, 10, 11, 6, 7, 14, 15);
    t[2] = PICK(high, high2, 0, 1, 8, 9, 4, 5, 12, 13);
    t[3] = PICK(high, high2, 2, 3, 10, 11, 6, 7, 14, 15);
}

/* Vectors i and i + 4 hold the first and the last numbers of row i, then those of row i + 4: halves that need
   only be turned. */
VECTOR_BODY void load_halves(const float *from, size_t step, vec *t)
{
    vec a, b;
    for (int i = 0; i < HALF; ++i) {
        memcpy(&a, from + i * step, sizeof a);
        memcpy(&b, from + (i + HALF) * step, sizeof b);
        t[i] = PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        t[i + HALF] = PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

VECTOR_BODY void turn_block(const float *from, size_t from_step, float *to, size_t to_step, int add)
{
    vec t[BLOCK], y;
    load_halves(from, from_step, t);
    turn_halves(t);
    turn_halves(t + HALF);
    if (add) {
        UNROLLED for (int k = 0; k < BLOCK; ++k)
        {
            memcpy(&y, to + k * to_step, sizeof y);
            t[k] += y;
        }
    }
    UNROLLED for (int k = 0; k < BLOCK; ++k) memcpy(to + k * to_step, t + k, sizeof(vec));
}

/* Eight rows, as many of their columns as there are whole blocks. */
VECTOR_BODY void turn_rows_body(const transposition *t, int row)
{
    const float *from = t->from + row * t->from_step;
    for (int k = 0; k + BLOCK <= t->columns; k += BLOCK)
        turn_block(from + k, t->from_step, t->to + k * t->to_step + row, t->to_step, t->add);
}
static VECTORISED(void, turn_rows, (const transposition *t, int row), t, row);

/* Rows from `row` on, eight at most, columns from `column` on. */
static void turn_rest(const transposition *t, int row, int column)
{
    int rows = smaller(t->rows, row + BLOCK);
    for (int i = row; i < rows; ++i)
        for (int k = column; k < t->columns; ++k) {
            float *y = t->to + k * t->to_step + i;
            *y = t->from[i * t->from_step + k] + (t->add ? *y : 0);
        }
}

void transpose(const transposition *t)
{
    for (int i = 0; i < t->rows; i += BLOCK) {
        int whole = t->rows - i >= BLOCK;
        if (whole) turn_rows(t, i);
        turn_rest(t, i, whole ? t->columns / BLOCK * BLOCK : 0);
    }
}
