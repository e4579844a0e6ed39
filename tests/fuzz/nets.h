/*
nets.h - the tiny nets that files of weights and of states are read into.
*/
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "base/atomic_file.h"
#include "darknet.h"

extern const char GREY_NET[], COLOUR_NET[], STOCK_NET[], RECURRENT_NET[];

network *net_from(const char *cfg);

/* A file that is right, to start from. */
typedef struct {
    uint8_t *bytes;
    size_t size;
} sample_file;

/* A file that is written to memory; s is whole once its stream is closed. */
atomic_file into_memory(sample_file *s);

/* A file of another length becomes as long as the right one, if it may; what it lacks is taken from that. Its
   length. */
size_t fit(uint8_t *file, size_t size, size_t max_size, const sample_file *right);
