/*
network_products.h - the matrix products that a network amounts to, by their shapes: for counting and for timing.
*/
#ifndef NETWORK_PRODUCTS_H
#define NETWORK_PRODUCTS_H
#include "darknet.h"

/* Of one image's forward pass: weights (rows,depth) times features (depth,pixels). */
typedef struct {
    int layer; // index of the layer that computes it
    int rows, depth, pixels;
    int times;         // so many of that shape: a convolution in groups
    int data_gradient; // 1: training needs the gradient of the features; 0: they are the image or the label
} product;

/* All of a net, in the order of its layers; *n of them. Free the array. */
product *network_products(const network *net, int *n);

double forward_adds(product p);  // multiply-adds of the forward pass
double training_adds(product p); // and of the gradients of weights and, where needed, features

#endif
