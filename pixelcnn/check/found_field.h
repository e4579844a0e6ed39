/*
found_field.h - finds a value's receptive field on the network itself, by a backward pass.

Comparing outputs would not work: a change that passes through many layers is lost to rounding. The gradient
of an output with respect to each value of the image is not lost if all weights and all slopes of the gates
are positive. The range of a float is enough for about 60 pairs of layers of 3 x 3, or 50 of 5 x 5.
*/
#pragma once
#include <stdint.h>
#include "pixelcnn/check/receptive_field.h"

/* Gives the net random positive weights and biases, zero where a colour mask forbids, so that nothing
   cancels, saturates or vanishes on a black image. The activation `stair`, whose derivative is 0 almost
   everywhere, is replaced by linear. */
void set_positive_weights(network *net, uint64_t seed);

/* fields (n,C,H,W), OVERWRITTEN: the values that the outputs at n positions see, n up to the net's batch.
   Call set_positive_weights first. Leaves all updates zero. */
void find_receptive_fields(network *net, const int *positions, int n, unsigned char *fields);

typedef struct {
    int positions;        // whose fields were found
    int differing;        // how many of them differ from the declared field
    int at, value, found; // the first that differs; its first differing value, as a position; 1: it was seen
    int blind;            // positions with a blind spot
    int blind_at, unseen; // the first of those, and the first value, as a position, in its blind spot
    double seen, earlier; // pairs of a position and an earlier value: those seen, and all of them
} field_survey;

/* Finds the fields of n positions, compares each with the declared one and looks for blind spots in it. */
field_survey survey_fields(network *net, const int *positions, int n);

/* Adds a field to a survey's blind spots and pairs. */
void add_to_survey(field_survey *s, const network *net, int position, const unsigned char *field);
