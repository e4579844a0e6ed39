#include <stdarg.h>
#include "base/json.h"
#include "base/printable.h"

static void put_text(FILE *to, const char *text)
{
    fputc('"', to);
    for (int n; *text; text += n ? n : 1) {
        n = utf8_bytes(text);
        if (!n)
            fputs("\\ufffd", to);
        else if ((unsigned char)*text < ' ' || *text == 0x7F)
            fprintf(to, "\\u%04x", *text);
        else
            fprintf(to, "%s%.*s", *text == '"' || *text == '\\' ? "\\" : "", n, text);
    }
    fputc('"', to);
}

static void put_key(json_writer *j, const char *key)
{
    if (j->has_more) fputs(", ", j->to);
    j->has_more = 1;
    if (!key) return;
    put_text(j->to, key);
    fputs(": ", j->to);
}

void json_begin(json_writer *j, const char *key, char bracket)
{
    put_key(j, key);
    fputc(bracket, j->to);
    j->has_more = 0;
    ++j->depth;
}

void json_end(json_writer *j, char bracket)
{
    fputc(bracket, j->to);
    j->has_more = 1;
    if (!--j->depth) fputc('\n', j->to);
}

void json_number(json_writer *j, const char *key, const char *format, ...)
{
    va_list args;
    put_key(j, key);
    va_start(args, format);
    vfprintf(j->to, format, args);
    va_end(args);
}

void json_text(json_writer *j, const char *key, const char *text)
{
    put_key(j, key);
    put_text(j->to, text);
}
