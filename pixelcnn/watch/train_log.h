/*
train_log.h - the CSV of a training: a line for each iteration, and one for each validation.

    iteration,images,seconds,train_bits_per_dim,rate,validation_bits_per_dim
    1,16,0.052,2.016541,0.003,
    1000,16000,51.201,,,0.271341

images: seen so far. seconds: of training so far, those before a resume included. train_bits_per_dim: mean over the
iteration's images before its update. What a line does not tell is empty.

A log of an earlier training is replaced once something of the new one is saved; until then the new one's is FILE.new. A
device, a pipe or an open descriptor (/dev/stdout) gets the lines as they come.

What cannot be written (a full disk) is kept and tried again with the next line, so that no line is lost or cut.
*/
#pragma once
#include <stddef.h>

typedef struct {
    const char *file;
    char fresh[4096]; // FILE.new behind links, until keep_log; else ""
    int fd;
    char *waiting;   // written in memory and not yet to the file
    size_t n, space; // bytes of it, and that it has space for
    int why;         // errno of the last write that failed; 0: none, or all was written since
    int broken;      // nobody will read it any more, or memory is short: lines were dropped
} train_log;

typedef struct {
    size_t iteration, images;
    double seconds;
    double bits, rate; // negative: a line of a validation
    double validation; // negative: a line of an iteration
} log_line;

/* Exits 1 where `file` is there and is no log, so that it must not be overwritten, or where it cannot be written. */
void check_log(const char *file);

/* Begins a log; with `resumed`, continues the one that is there: lines of iterations after `last`, and half a line at its
   end, are cut off. Each line that stays is given to `take`. Exits 1 where it cannot. */
train_log open_log(const char *file, int resumed, size_t last, void (*take)(void *of, log_line l), void *of);

/* Returns 0, or 1 the first time that it cannot be written, with the reason in error (at least 512 bytes). */
int write_log(train_log *l, log_line line, char *error);

/* Something of this training is saved: the log takes the place of an earlier one. Returns as write_log. */
int keep_log(train_log *l, char *error);

/* Returns 0, or 1 where something was not written, with the reason in error (at least 512 bytes). */
int close_log(train_log *l, char *error);
