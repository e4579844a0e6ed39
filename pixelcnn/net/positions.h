/* positions.h - numbers the values of an image in drawing order: rows, then columns, then colours. A position
   is a number in this order; a value is an index into (C,H,W), the layout of a net's input. */
#pragma once
#include "darknet.h"

static inline int net_positions(const network *net) { return net->h * net->w * net->c; }

static inline int value_of_position(const network *net, int position)
{
    return position % net->c * net->h * net->w + position / net->c;
}

static inline int row_of_position(const network *net, int position) { return position / net->c / net->w; }
static inline int column_of_position(const network *net, int position) { return position / net->c % net->w; }
static inline int colour_of_position(const network *net, int position) { return position % net->c; }
