/*
train_log.h - the CSV of a training: a line for each iteration, and one for each validation.

    iteration,images,seconds,train_bits_per_dim,rate,validation_bits_per_dim
    1,16,0.052,2.016541,0.003,
    1000,16000,51.201,,,0.271341

images: seen so far. seconds: of training so far, those before a resume included. train_bits_per_dim: mean over the
iteration's images before its update. What a line does not tell is empty.
*/
#ifndef TRAIN_LOG_H
#define TRAIN_LOG_H
#include <stdio.h>

typedef struct {
    const char *file;
    FILE *stream;
} train_log;

typedef struct {
    size_t iteration, images;
    double seconds;
    double bits, rate; // negative: a line of a validation
    double validation; // negative: a line of an iteration
} log_line;

/* Begins a log; where `go_on`, goes on with the one that is there: lines of iterations after `last`, and half a line at its
   end, are cut off. Each line that stays is given to `take`. Exits 1 where it cannot. */
train_log open_log(const char *file, int go_on, size_t last, void (*take)(void *of, log_line l), void *of);

void write_log(train_log *l, log_line line);

/* Exits 1 where something could not be written. */
void close_log(train_log *l);

#endif
