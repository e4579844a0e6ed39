/*
lanes.h - images evaluated value by value: each lane is one image in progress, and all lanes stand at the same value.

Values come in the order of drawing: rows, then columns, then colours. The vertical stack and the links of a row are
computed when the row above is complete, the horizontal stack pixel by pixel, of a colour only its group, and
nothing is computed twice: the caches are the last rows that the net's kernels reach.
The logits equal those of a forward pass up to rounding. A lane's numbers depend on its own values and the net,
to the bit, not on how many lanes there are.
Source: caches per layer as in Ramachandran et al. 2017.
*/
#pragma once
#include "pixelcnn/sample/packed_net.h"

typedef struct lanes lanes;

/* Bytes that make_lanes will take. */
double lanes_bytes(const packed_net *net, int most);
/* Memory for up to `most` lanes. Free with free_lanes. */
lanes *make_lanes(const packed_net *net, int most);
void free_lanes(lanes *s);

/* Starts n images. labels (labelled,classes), of the first ones, as in the net's input rows; the others have none. Not
   read for a net without label. */
void lanes_start_images(lanes *s, int n, const float *labels, int labelled);
/* Row r starts: all rows above it are complete. Rows come in order, each once. */
void lanes_start_row(lanes *s, int r);
/* Features of the pixel at column c of the current row, for colours 0 .. colour; colours come in order, each once. */
void lanes_start_value(lanes *s, int c, int colour);
/* After lanes_start_value: lane i's logits, `levels` floats, which stay until the next call. */
const float *lanes_logits(lanes *s, int lane, int colour);
/* The value of a lane at the current row: x, the network's input there. */
void lanes_put_value(lanes *s, int lane, int c, int colour, float x);
