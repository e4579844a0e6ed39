/* levels.h - quantisation: between 8-bit values, levels, and a net's input. */
#pragma once

/* The level of an 8-bit value, the network input for a level, and the 8-bit value that a level is written as,
   which is read as the same level again. For 2 to 256 levels. */
int level_of_byte(int v, int levels);
float input_of_level(int q, int levels);
int byte_of_level(int q, int levels);
