/*
panel.h - small linear maps of a few pixels at a time, for nets that are evaluated value by value.

    y_j = init_j + sum over s, k of w[s][k] * x_j[s][k]        j: one of n items (images, or pixels of a row)

An output is one chain of multiply-adds in the order of its weights, whatever n is and however the items are
tiled: an image's numbers do not depend on what is computed beside it. gemm libraries do not promise that.
The instruction set is chosen when the program starts; those with FMA give the same bits.
*/
#ifndef PANEL_H
#define PANEL_H
#include <stddef.h>

#define PANEL_LANES 16 // channels are padded to a multiple of it
#define PANEL_ROWS 32  // outputs likewise

/* A run of n consecutive inputs that starts `offset` floats into input row `row` (see panel_apply). */
typedef struct {
    int row, offset, n;
} panel_segment;

typedef struct {
    int rows; // outputs, a multiple of PANEL_ROWS
    int nsegments, depth;
    panel_segment *segments; // depth: the sum of their n
    float *w;                // (rows / PANEL_ROWS, depth, PANEL_ROWS)
} panel;

/* A panel of weights that are zero. The segments are copied. Free with free_panel. */
panel make_panel(int rows, int nsegments, const panel_segment *segments);
void free_panel(panel *p);
/* Where the weight of output `row` for input number k (counted through the segments) stands. */
float *panel_weight(panel *p, int row, int k);

/* Item j's inputs are x[segment.row] + segment.offset + j * x_step. Its outputs, `rows` floats at y + j * y_step,
   are OVERWRITTEN; init + j * init_step, as many floats, may be the same place. */
typedef struct {
    int n;
    const float *const *x;
    const float *init;
    float *y;
    size_t x_step, init_step, y_step;
} panel_items;
void panel_apply(const panel *p, const panel_items *t);

/* y_j (f) = tanh(z1_j + l1_j) . sigmoid(z2_j + l2_j), OVERWRITTEN, for n items; f a multiple of PANEL_LANES; z_j and
   l_j are two halves of f floats each. Steps in floats from item to item. Same bits for any n. */
typedef struct {
    int n, f;
    const float *z, *label;
    float *y;
    size_t z_step, label_step, y_step;
} gate_items;
void gate_apply(const gate_items *t);

/* y[i] = e^x[i] for n floats, n a multiple of PANEL_LANES. */
void exp_apply(int n, const float *x, float *y);

#endif
