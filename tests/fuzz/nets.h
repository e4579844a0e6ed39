/*
nets.h - the tiny nets that files of weights and of states are read into.
*/
#ifndef NETS_H
#define NETS_H
#include <stddef.h>
#include <stdint.h>
#include "darknet.h"

extern const char GREY_NET[], COLOUR_NET[], STOCK_NET[], RECURRENT_NET[];

network *net_from(const char *cfg);

/* A file that is right, to start from. */
typedef struct {
    uint8_t *bytes;
    size_t size;
} sample_file;

#endif
