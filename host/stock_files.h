/*
stock_files.h - what Darknet's own sources, which are compiled with it in front, call in place of fopen and exit.

The host exits with 0 where an image can't be read, and uses streams of files that are not there: `rnn train -file nosuch` dies
of a signal. With these a file that is missing is one line and exit status 1. Our own sources are compiled without.
*/
#pragma once
#include <stdio.h>
#include <stdlib.h>

/* As fopen, but dies where the file cannot be opened, or is a folder. NULL comes back in the one function, `caller`, that
   expects files to be missing. */
FILE *fopen_or_die(const char *file, const char *mode, const char *caller);

/* Every exit of the host follows an error: its status is 1. */
void exit_after_error(int status) __attribute__((noreturn));

#ifndef STOCK_FILES_DEFINED_HERE
#define fopen(file, mode) fopen_or_die(file, mode, __func__)
#define exit(status) exit_after_error(status)
#endif
