/*
json.c - see json.h.
*/
#include <stdio.h>
#include "base/json.h"
#include "base/printable.h"

void print_json_text(const char *text)
{
    putchar('"');
    for (int n; *text; text += n ? n : 1) {
        n = utf8_bytes(text);
        if (!n)
            printf("\\ufffd");
        else if ((unsigned char)*text < ' ' || *text == 0x7F)
            printf("\\u%04x", *text);
        else
            printf("%s%.*s", *text == '"' || *text == '\\' ? "\\" : "", n, text);
    }
    putchar('"');
}
