/*
causality.h - proof on a network itself that nothing sees what comes after it.
*/
#pragma once
#include <stdint.h>
#include "darknet.h"

typedef struct {
    int leaks;           // changed positions that an earlier output, or their own, has seen
    int changed, output; // the first of them, and the first output that saw it; -1 where there is none
} leak_report;

/* Changes the value at each of n positions alone and compares the logits with those of the unchanged image, bit
   for bit: all outputs at positions up to the changed one, its own included, must be the same. The image is
   random, keyed by the seed. Leaves the net's weights as they are, its input changed. */
leak_report find_leaks(network *net, const int *positions, int n, uint64_t seed);
