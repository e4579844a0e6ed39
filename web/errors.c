/*
errors.c - base/errors.h in a browser: an error is an exception of JavaScript, in place of base/errors.c.

wasi-libc has no setjmp. fail_in_page (web/engine.js) throws and so unwinds all frames of C; the instance,
whose stack and memory are as they were left, is thrown away and a new one made.
*/
#include <stdarg.h>
#include <stdio.h>
#include "base/errors.h"
#include "web/page.h"

int stderr_line_open;

static __attribute__((noreturn)) void leave(const char *format, va_list args)
{
    static char line[sizeof((caught_error *)0)->message];
    vsnprintf(line, sizeof line, format, args);
    fail_in_page(line);
}

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    leave(format, args);
}

void die_with_status(int status, const char *format, ...)
{
    va_list args;
    (void)status;
    va_start(args, format);
    leave(format, args);
}

/* Nothing is caught: an error does not return to anything in C. */
int catch_die(void (*body)(void *), void *argument, caught_error *r)
{
    r->status = 0;
    body(argument);
    return 0;
}
