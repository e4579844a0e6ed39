/*
label_kernels.h - the label's terms of all gated layers of a net on the device, and their gradients, for
labels that are the same at every pixel (label_link.h). Launchers of label_kernels.cu.

An image's sums have the same order in a batch of any size.
*/
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* One layer's: term (B,rows) = h V^T, V (rows,width). */
typedef struct {
    const float *v;
    float *term;
    const float *d; // (B,rows), the gradient of the term
    float *dv;      // (rows,width)
    int rows;
} label_product;

typedef struct {
    const label_product *product; // n, on the device
    int n, most_rows;             // rows of the largest
    int batch, width;
    const float *h; // (B,width)
    float *dh;
} label_products;

/* The terms, OVERWRITTEN. */
void label_terms_gpu(const label_products *t);
/* dV += d^T h of each layer; dh = the sum of their d V, OVERWRITTEN. */
void label_gradients_gpu(const label_products *t);

#ifdef __cplusplus
}
#endif
