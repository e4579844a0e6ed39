#include "layers/math/levels.h"

int level_of_byte(int v, int levels) { return v * levels / 256; }

float input_of_level(int q, int levels) { return (float)q / (levels - 1); }

int byte_of_level(int q, int levels)
{
    int lowest = (256 * q + levels - 1) / levels, highest = (256 * (q + 1) + levels - 1) / levels - 1;
    int v = (2 * q * 255 + levels - 1) / (2 * (levels - 1));
    return v < lowest ? lowest : v > highest ? highest : v;
}
