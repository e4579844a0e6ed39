/*
train_log.h - the CSV of a training run: a line per iteration, and one per validation.

    iteration,images,seconds,train_bits_per_dim,rate,validation_bits_per_dim
    1,16,0.052,2.016541,0.003,
    1000,16000,51.201,,,0.271341

images: seen so far. seconds: of training, including those before a resume. train_bits_per_dim: mean over the
iteration's images, before its update. Fields that do not apply are empty.

The log of an earlier run is replaced once the new run has saved something; until then the new log is
FILE.new. A device, a pipe or an open descriptor (/dev/stdout) gets the lines as they come.

Lines that cannot be written (a full disk) are kept and retried with the next one, so that none is lost or
cut.
*/
#pragma once
#include <stddef.h>

typedef struct {
    const char *file;
    char fresh[4096]; // FILE.new behind links, until keep_log; else ""
    int fd;
    char *waiting;   // not yet written to the file
    size_t n, space; // its bytes, and its capacity
    int why;         // errno of the last failed write; 0: all was written
    int broken;      // no reader, or out of memory: lines were dropped
} train_log;

typedef struct {
    size_t iteration, images;
    double seconds;
    double bits, rate; // negative: a validation
    double validation; // negative: an iteration
} log_line;

/* Exits 1 if `file` exists and is not a log, or cannot be written. */
void check_log(const char *file);

/* With `resumed`, continues the existing log: cuts off lines of iterations after `last` and an incomplete
   last line, and passes the others to `take`. Otherwise begins a log. Exits 1 on failure. */
train_log open_log(const char *file, int resumed, size_t last, void (*take)(void *context, log_line l), void *context);

/* Returns 0, or 1 with the reason in error (at least 512 bytes) if it fails for a new reason. */
int write_log(train_log *l, log_line line, char *error);

/* Call when something has been saved: replaces the log of an earlier run. Returns like write_log. */
int keep_log(train_log *l, char *error);

/* Returns like write_log, if lines could not be written. */
int close_log(train_log *l, char *error);
