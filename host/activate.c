/*
activate.c - applies an activation to one number. Replaces activate of Darknet's activations.c;
activation_math.h says what is wrong with Darknet's. Called by activate_array, and so by every layer with an
activation, ours and Darknet's. CUDA twin: activate_kernels.cu.
*/
#include "activations.h"
#include "layers/activation_math.h"

float activate(float x, ACTIVATION a) { return activation_of(x, a); }
