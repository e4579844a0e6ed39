/*
json.h - JSON, written to a stream entry by entry; commas, quotes and the line's end are set here.

    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_text(&j, "file", path);
    json_number(&j, "bits_per_dim", "%.9f", bits);
    json_end(&j, '}');
*/
#pragma once
#include <stdio.h>

typedef struct {
    FILE *to;
    int depth;    // of open objects and arrays
    int has_more; // the innermost one has an entry already
} json_writer;

/* key is NULL in an array and at the outermost level. After the outermost bracket the line ends. */
void json_begin(json_writer *j, const char *key, char bracket);
void json_end(json_writer *j, char bracket);
void json_number(json_writer *j, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Valid UTF-8 whatever the text holds: bytes that are not become U+FFFD. */
void json_text(json_writer *j, const char *key, const char *text);
