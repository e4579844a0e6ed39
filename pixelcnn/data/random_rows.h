/*
random_rows.h - made-up images, for what asks how fast and not how well.
*/
#pragma once
#include "darknet.h"

/* Input and truth rows of n images with levels drawn evenly; image i has the label of class i modulo their number.
   Free with free_data. */
data random_rows(const network *net, int n);
