/*
random_rows.h - random images, for measuring speed.
*/
#pragma once
#include "darknet.h"

/* Input and truth rows of n images with uniformly random levels; image i has class i modulo the number of
   classes. Free with free_data. */
data random_rows(const network *net, int n);
