/*
background.h - runs `train` in the background while a test does something to it.
*/
#pragma once
#include <sys/types.h>
#include "tests/training.h"

/* Writes the cfg of the tiny run, but with this many iterations. Returns its path. */
const char *long_cfg(int iterations);

/* Starts `before; exec darknet pixelcnn train arguments`, a shell line, with stderr in FILE unless they
   redirect it. Signals are as they are by default. */
pid_t start_training(const char *file, const char *before, const char *arguments);

/* Waits until the file holds the text, at most 30 seconds. */
void wait_for(const char *file, const char *text);

/* Waits for a child and returns its status, 128 + the signal's number if a signal ended it; fails after 30
   seconds. */
int wait_for_end(pid_t child);
