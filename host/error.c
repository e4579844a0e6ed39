/*
error.c - error exits. Replaces error, file_error and malloc_error of Darknet's utils.c.

Darknet's file_error exits with status 0, so that a missing cfg or weights file looks like success, and its
error raises SIGABRT. Ours print one line and exit with status 1. Called by every stock layer and command.
*/
#include <errno.h>
#include <string.h>
#include "base/errors.h"
#include "utils.h"

void error(const char *s) { die("%s", s); }

void file_error(char *s) { die("%s: cannot open: %s", s, errno ? strerror(errno) : "unknown reason"); }

void malloc_error(void); // no prototype in utils.h

void malloc_error(void) { die("out of memory; use a smaller batch or network"); }
