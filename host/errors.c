/*
errors.c - one way to fail. Replaces error, file_error and malloc_error of Darknet's utils.c.

The host's file_error exits with status 0, so that a missing cfg or weights file looks like success; its
error raises SIGABRT. Ours print one line and exit with 1. Called by every stock layer and command.
*/
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "errors.h"
#include "utils.h"

int stderr_line_open;
void (*die_hook)(int status);

static void say(const char *format, va_list args)
{
    fflush(stdout);
    if (stderr_line_open) fputc('\n', stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

static __attribute__((noreturn)) void leave(int status)
{
    if (die_hook) die_hook(status);
    exit(status);
}

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    leave(1);
}

void die_with(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    leave(status);
}

void error(const char *s) { die("%s", s); }

void file_error(char *s) { die("%s: cannot open: %s", s, errno ? strerror(errno) : "unknown reason"); }

void malloc_error(void) { die("out of memory; use a smaller batch or network"); }
