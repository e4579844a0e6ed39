/* skip_sum_kernels.h - the weights of a skip sum side by side, on the device. Launcher of
   skip_sum_kernels.cu. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* A source's weights (rows,columns) and the column at which they start in the matrix of all. */
typedef struct {
    const float *w;
    int columns, at;
} skip_columns;

/* to (rows,width), OVERWRITTEN, from n sources, which are on the device. */
void join_weights_gpu(int n, const skip_columns *from, int rows, int width, float *to);

#ifdef __cplusplus
}
#endif
