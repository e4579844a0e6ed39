/*
receptive_field.h - what a value sees of the image, by what the cfg declares, and what it fails to see.

A field is a set of values of the image, one byte each in (C,H,W): 1 where it is seen.
*/
#pragma once
#include "darknet.h"

/* What the output at a position sees by sizes, dilations, masks and wiring of the net's layers; field is
   OVERWRITTEN. Reads none of the geometry that the layers compute with. There are no features outside the
   image, so no way leads out of it and back. */
void declared_field(const network *net, int position, unsigned char *field);

/* The same for a plain stack of masked n x n convolutions (van den Oord et al. 2016a), one for each
   gated_hstack, in order and with its size and dilation: mask a in the first, b in all others. */
void plain_stack_field(const network *net, int position, unsigned char *field);

/* Values that are earlier than the position and not seen, although seen ones lie around them: in the rows above,
   within the rectangle that bounds the seen values of those rows; in the row itself, between the leftmost seen
   value and the position. Returns how many; the first of them goes to *first, as a position. */
int count_blind_values(const network *net, int position, const unsigned char *field, int *first);

/* Values of a field that are earlier than the position. */
int count_seen_values(const network *net, int position, const unsigned char *field);
