/*
csv.h - a CSV that is put together in memory, so that its file appears whole or not at all.
*/
#ifndef CSV_H
#define CSV_H
#include <stdio.h>

typedef struct {
    FILE *rows; // to print to
    char *text;
    size_t bytes; // of text, after end_csv
} csv;

/* An empty one; exits 1 where memory does not suffice, as does end_csv. */
void begin_csv(csv *c);
/* The path of a file: in quotes where it has to be (RFC 4180), and with ./ before a name that a spreadsheet would take for a
   formula (=, +, -, @ or a tab first). */
void csv_print_path(csv *c, const char *path);
/* No more rows: text is whole. free_csv gives it back. */
void end_csv(csv *c);
/* Writes text to a file (atomic_file.h); exits 1 with a line where that fails. */
void write_csv(const csv *c, const char *file);
/* The text to stdout; on a terminal without the control characters of names. */
void print_csv(const csv *c);
void free_csv(csv *c);

#endif
