/* param.h - learned arrays of a layer, and the order of colours that masks their weights. */
#pragma once
#include <stddef.h>

enum { PARAM_DIMS = 4 };

/* One array of a layer in the order of the weight file. */
typedef struct {
    const char *name; // as in the weight file's description: "W", "b_r", ...
    float *value;     // n floats
    float *update;    // n floats: minus the gradient of the summed NLL, backward ADDS; NULL: not learned
    size_t n;
    int fan_in;                    // initial values are N(0, 1/fan_in); 0: they are zero
    int decays;                    // 1: weight decay applies
    int rows;                      // rows of a hidden layer's weights as a matrix, for Muon; 0: it is none
    unsigned char *allowed;        // n flags, 0 where the order of colours forbids a weight; NULL: all are allowed
    float *value_gpu, *update_gpu; // the same on the device; NULL in a net on the CPU
    unsigned char *allowed_gpu;
    /* (nparts,n): what each part of the pixels adds to update_gpu (layers/training_gpu.h); NULL: added at once.
       nparts 0: each image is a part. */
    float *parts_gpu;
    int nparts;
    int shape[PARAM_DIMS]; // dimensions in the weight file, 0 after the last; all 0: (n)
} param;

/* Fills in p; value and update are allocated. On a device the updates of a net lie in one array, see
   layers/training_gpu.h. */
void make_param(param *p, const char *name, size_t n, int fan_in, int decays);

/* Sets the dimensions; 0 after the last. Their product must be n. */
void shape_param(param *p, int a, int b, int c, int d);

/* Group of feature i when each run of `half` channels is divided among the C colours in order. */
static inline int colour_group(int i, int half, int colours) { return (i % half) / (half / colours); }

/* Forbids weights that let a colour see a later one. The array is (rows, cols, taps); row i belongs to
   group colour_group(i, row_half), column j to colour_group(j, col_half); only the last tap (the current
   pixel) is limited: to earlier groups in mask a, else to earlier ones and its own. No effect on grey. */
typedef struct {
    int rows, row_half, cols, col_half, taps, mask_a;
} colour_mask;
void mask_param(param *p, colour_mask m, int colours);

/* Frees what p points to, not p. */
void free_param(param *p);
