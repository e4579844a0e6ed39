/*
stock_files.h - replaces fopen, exit and stderr in Darknet's own sources, which are compiled with -include of
this file.

Darknet exits with status 0 if an image cannot be read, and uses streams that it failed to open: `rnn train
-file nosuch` dies of a signal. With these functions a missing file is one line and exit status 1. Its layers
print a row of the table of layers, which our commands show only on demand. Our own sources do not use them.
*/
#pragma once
#include <stdio.h>
#include <stdlib.h>

/* As fopen, but exits if the file cannot be opened or is a folder. Returns NULL only to the one caller that
   expects missing files. */
FILE *fopen_or_die(const char *file, const char *mode, const char *caller);

/* Every exit in Darknet's sources follows an error, so the status is 1. */
void exit_after_error(int status) __attribute__((noreturn));

/* stderr, or a stream that goes nowhere while nothing is to be said (base/verbose.h). */
FILE *stock_stderr(void);

#ifndef STOCK_FILES_DEFINED_HERE
#undef stderr
#define stderr stock_stderr()
#define fopen(file, mode) fopen_or_die(file, mode, __func__)
#define exit(status) exit_after_error(status)
#endif
