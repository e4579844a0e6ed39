/* Darknet's own error functions lead here too: host/error.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/printable.h"

int stderr_line_open;
void (*error_reporter)(int status, const char *line);

/* Where this thread's die jumps to. */
typedef struct {
    jmp_buf back;
    caught_error *r;
} catcher;
static _Thread_local catcher *catching;

/* Formats the line into to[size], with control characters escaped. */
static void write_line(char *to, size_t size, const char *format, va_list args)
{
    char raw[sizeof((caught_error *)0)->message];
    vsnprintf(raw, sizeof raw, format, args);
    write_printable(to, size, raw);
}

static void say(int status, const char *format, va_list args)
{
    char line[2 * sizeof((caught_error *)0)->message];
    fflush(stdout);
    write_line(line, sizeof line, format, args);
    if (error_reporter)
        error_reporter(status, line);
    else
        fprintf(stderr, "%s%s\n", stderr_line_open ? "\n" : "", line);
}

static __attribute__((noreturn)) void leave(int status, const char *format, va_list args)
{
    if (!catching) {
        say(status, format, args);
        exit(status);
    }
    catching->r->status = status;
    write_line(catching->r->message, sizeof catching->r->message, format, args);
    _longjmp(catching->back, 1);
}

int catch_die(void (*body)(void *), void *argument, caught_error *r)
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

void die_with_status(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    leave(status, format, args);
}
