/*
activate.c - one number through an activation. Replaces activate of Darknet's activations.c; see activation_math.h for what
the host's does wrong. Called by activate_array, and so by every layer with an activation, ours and the host's. Twin on a
device: activate_kernels.cu.
*/
#include "activations.h"
#include "layers/math/activation_math.h"

float activate(float x, ACTIVATION a) { return activation_of(x, a); }
