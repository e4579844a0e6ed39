/*
errors.c - one way to fail. Replaces error, file_error and malloc_error of Darknet's utils.c.

The host's file_error exits with status 0, so that a missing cfg or weights file looks like success; its
error raises SIGABRT. Ours print one line and exit with 1. Called by every stock layer and command.
*/
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "errors.h"
#include "plain_text.h"
#include "utils.h"

int stderr_line_open;

/* Where this thread's die leads. */
typedef struct {
    jmp_buf back;
    refusal *r;
} catcher;
static _Thread_local catcher *catching;

/* The line to[size], without what a name in it could do to a terminal. */
static void write_line(char *to, size_t size, const char *format, va_list args)
{
    char raw[sizeof((refusal *)0)->message];
    vsnprintf(raw, sizeof raw, format, args);
    write_plain(to, size, raw);
}

static void say(const char *format, va_list args)
{
    char line[2 * sizeof((refusal *)0)->message];
    fflush(stdout);
    write_line(line, sizeof line, format, args);
    fprintf(stderr, "%s%s\n", stderr_line_open ? "\n" : "", line);
}

static __attribute__((noreturn)) void leave(int status, const char *format, va_list args)
{
    if (!catching) {
        say(format, args);
        exit(status);
    }
    catching->r->status = status;
    write_line(catching->r->message, sizeof catching->r->message, format, args);
    _longjmp(catching->back, 1);
}

int catch_die(void (*body)(void *), void *argument, refusal *r)
{
    catcher here = {.r = r}, *outer = catching;
    r->status = 0;
    catching = &here;
    if (!_setjmp(here.back)) body(argument);
    catching = outer;
    return r->status;
}

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    leave(1, format, args);
}

void die_with(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    leave(status, format, args);
}

void error(const char *s) { die("%s", s); }

void file_error(char *s) { die("%s: cannot open: %s", s, errno ? strerror(errno) : "unknown reason"); }

void malloc_error(void) { die("out of memory; use a smaller batch or network"); }
