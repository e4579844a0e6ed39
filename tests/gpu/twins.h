/*
twins.h - a net on a device and the same net on the CPU, compared.
*/
#pragma once
#include <stddef.h>
#include "darknet.h"

typedef struct {
    const char *name;
    network *cpu, *gpu;
} twins;

/* With the same random weights and batch. device: -1 for the CPU. */
network *net_on(const char *cfg, int device);
twins make_twins(const char *name, const char *cfg);
void free_twins(twins *t);

/* Fails the test if the normalised mean squared error of n numbers is above the tolerance. */
void compare(const twins *t, int layer, const char *what, size_t n, const float *got, const float *expected,
             double tolerance);
/* The output of layer i, or the gradient of it, which the CPU has in planes or hands on. */
void compare_features(const twins *t, int i, int gradient, double tolerance);
/* What others read of a layer besides its output, or the gradient of that; but a's, which the CPU never has
   whole. */
void compare_inner(const twins *t, int i, int gradient, double tolerance);

/* Does anything read the layer's output? If not, it is not computed. */
int is_read(layer l);
