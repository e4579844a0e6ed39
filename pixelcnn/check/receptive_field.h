/*
receptive_field.h - a value's receptive field as the cfg declares it, and its blind spot.

A field is a set of values of the image, one byte each in (C,H,W): 1 if the value is seen.
*/
#pragma once
#include "darknet.h"

/* The field of the output at a position, from the sizes, dilations, masks and wiring of the net's layers;
   field is OVERWRITTEN. Does not use the geometry that the layers compute with. There are no features outside
   the image, so no path leads out of it and back. */
void declared_field(const network *net, int position, unsigned char *field);

/* The same for a plain stack of masked n x n convolutions (van den Oord et al. 2016a), one for each
   gated_hstack, in order and with its size and dilation: mask a in the first, b in all others. */
void plain_stack_field(const network *net, int position, unsigned char *field);

/* Counts the values in the blind spot: earlier than the position, not seen, but surrounded by seen ones. In
   the rows above that is within the bounding rectangle of the seen values; in the row itself, between the
   leftmost seen value and the position. *first is the first of them, as a position. */
int count_blind_values(const network *net, int position, const unsigned char *field, int *first);

/* Counts the values of a field that are earlier than the position. */
int count_seen_values(const network *net, int position, const unsigned char *field);
