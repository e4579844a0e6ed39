/* transpose.h - transposes a matrix, for feature maps and for products of matrices. */
#pragma once
#include <stddef.h>

/* to (columns,rows), OVERWRITTEN, = from (rows,columns) transposed, or += where add; steps from one row to
   the next. */
typedef struct {
    const float *from;
    float *to;
    size_t from_step, to_step;
    int rows, columns, add;
} transposition;
void transpose(const transposition *t);
