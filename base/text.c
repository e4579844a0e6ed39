#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/memory.h"
#include "base/text.h"

char *copy_text(const char *text) { return strcpy(checked_malloc(strlen(text) + 1), text); }

char *format_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(0, 0, format, args);
    va_end(args);
    char *text = checked_malloc(n + 1);
    va_start(args, format);
    vsnprintf(text, n + 1, format, args);
    va_end(args);
    return text;
}

/* Where the last n bytes of a text start; its end if it is shorter. */
static const char *last_bytes(const char *text, size_t n)
{
    size_t length = strlen(text);
    return text + (n <= length ? length - n : length);
}

int ends_with(const char *text, const char *end) { return !strcmp(last_bytes(text, strlen(end)), end); }

int has_suffix(const char *name, const char *suffix) { return !strcasecmp(last_bytes(name, strlen(suffix)), suffix); }

const char *name_in_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *plural_s(double n) { return n == 1 ? "" : "s"; }
