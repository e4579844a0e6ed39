/*
levels.h - quantisation: the levels of an image's values, and what a net is given and an image is written as for each.
*/
#pragma once

/* An 8-bit value's level, a level's network input, and the 8-bit value that a level is written as: one that
   is read as the same level again, for any number of levels from 2 to 256. */
int level_of_byte(int v, int levels);
float input_of_level(int q, int levels);
int byte_of_level(int q, int levels);
