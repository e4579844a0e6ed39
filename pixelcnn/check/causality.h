/* causality.h - verifies on the network itself that no output sees later values. */
#pragma once
#include <stdint.h>
#include "darknet.h"

typedef struct {
    int leaks;           // changed positions that were seen by their own or an earlier output
    int changed, output; // the first of them, and the first output that saw it; -1: none
} leak_report;

/* Changes the value at each of n positions, one at a time, and compares the logits with those of the
   unchanged image bit for bit: all outputs up to and including the changed position must be the same. The
   image is random, keyed by the seed. Does not change the net's weights; overwrites its input. */
leak_report find_leaks(network *net, const int *positions, int n, uint64_t seed);
