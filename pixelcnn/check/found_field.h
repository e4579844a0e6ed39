/*
found_field.h - what a value sees of the image, found on the network itself by its backward pass.

Differences of outputs would not do: what reaches an output over many layers is lost in float rounding. The gradient
of one output for each value of the image is not, where all weights and gates' slopes are positive. The range of a float
is enough for some 60 pairs of layers of 3 x 3, or 50 of 5 x 5.
*/
#pragma once
#include <stdint.h>
#include "pixelcnn/check/receptive_field.h"

/* Gives the net random positive weights and biases, zero where a colour mask forbids, so that on a black image
   nothing cancels, saturates or vanishes. The activation `stair`, flat wherever it has a slope, becomes
   linear. */
void set_positive_weights(network *net, uint64_t seed);

/* fields (n,C,H,W), OVERWRITTEN: what the outputs at n positions see, n up to the net's batch. Open weights
   first. Leaves the arrays of updates zero. */
void find_receptive_fields(network *net, const int *positions, int n, unsigned char *fields);

typedef struct {
    int positions;        // whose fields were found
    int differing;        // of them, with another field than declared
    int at, value, found; // the first of those; the first value, as a position, that differs, and 1 if it was seen
    int blind;            // positions with a blind spot
    int blind_at, unseen; // the first of those, and the first value, as a position, that it does not see
    double seen, earlier; // pairs of a position and an earlier value: seen, and all that there are
} field_survey;

/* Finds the fields of n positions, compares each with the declared one and looks for blind spots in it. */
field_survey survey_fields(network *net, const int *positions, int n);

/* Adds a field to a survey's blind spots and pairs. */
void add_to_survey(field_survey *s, const network *net, int position, const unsigned char *field);
