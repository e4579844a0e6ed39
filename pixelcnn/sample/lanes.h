/*
lanes.h - evaluates images value by value. Each lane is one image in progress, and all lanes are at the same
value.

Values come in drawing order: rows, then columns, then colours. The vertical stack and the links of a row are
computed once the row above is complete; a second thread computes each of their columns once the pixels above
that its kernels read are complete. The horizontal stack is computed pixel by pixel, for each colour only its
group. Nothing is computed twice: the caches keep the last rows that the net's kernels reach. The logits equal
those of a forward pass up to rounding. A lane's numbers depend, to the bit, only on its own values and the net,
not on the number of lanes, nor on the machine (docs/dev/exactness.md). Source: Ramachandran et al. 2017 (caches
per layer).
*/
#pragma once
#include "pixelcnn/sample/packed_net.h"

typedef struct lanes lanes;

/* Bytes that make_lanes will allocate. */
double lanes_bytes(const packed_net *net, int most);
/* Exits unless there is memory for that many lanes on each of the threads; `work` says what needs it, for the
   message. */
void require_lanes(const packed_net *p, int most, int threads, const char *work);
/* Allocates up to `most` lanes. Free with free_lanes. */
lanes *make_lanes(const packed_net *net, int most);
void free_lanes(lanes *s);

/* Another thread may call lanes_help from now on; the numbers stay the same. Not for a net with a spatial label,
   whose terms are computed by rows, on the thread that draws. */
int can_be_helped(const packed_net *net);
void lanes_accept_help(lanes *s);
/* Computes what it can of the vertical stack, while another thread draws; one thread at a time. Returns 0 if
   there is nothing to do at present. */
int lanes_help(lanes *s);

/* Starts n images. labels (labelled,classes), as in the net's input rows, are for the first ones; the others
   have no label. Not used for a net without labels. */
void lanes_start_images(lanes *s, int n, const float *labels, int labelled);
/* Starts row r; all rows above it must be complete. Call it once per row, in order. */
void lanes_start_row(lanes *s, int r);
/* Computes the features of the pixel at column c of the current row for `colour`. Call it once per colour, in
   order. */
void lanes_start_value(lanes *s, int c, int colour);
/* After lanes_start_value: the lane's logits, `levels` floats, valid until the next call. */
const float *lanes_logits(lanes *s, int lane, int colour);
/* Sets the value of a lane in the current row to x, the network's input there. */
void lanes_put_value(lanes *s, int lane, int c, int colour, float x);
