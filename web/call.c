/* call.c - library/call.h in a browser, in place of library/call.c: there is one thread, and errors are
   exceptions (errors.c). */
#include <stdarg.h>
#include <stdio.h>
#include "library/call.h"
#include "web/page.h"

int library_call(void (*body)(void *), void *argument)
{
    body(argument);
    return 0;
}

void call_failed(const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    fail_in_page(line);
}

const char *call_error(void) { return ""; }
void call_verbose(int on) { (void)on; }
