/*
layer_times.h - where the time of a training step goes.
*/
#ifndef LAYER_TIMES_H
#define LAYER_TIMES_H
#include "darknet.h"

/* Medians over repeats, seconds. */
typedef struct {
    int n;
    double *forward, *backward; // (n), of each layer
    double update;              // the solver's
    double rest;                // of forward and backward outside the layers: clearing deltas, summing the cost
} layer_times;

/* Repeats forward, backward and update on the net's present input and truth, at least three times and until the given
   seconds have passed. Changes the weights as training does. One net at a time. Free with free_layer_times. */
layer_times time_layers(network *net, double seconds);
void free_layer_times(layer_times *t);

#endif
