/*
csv.h - a CSV that is written to memory first, so that its file appears whole or not at all. Exits 1 when out of memory.
*/
#pragma once
#include <stdio.h>

typedef struct {
    FILE *rows; // to print to
    char *text;
    size_t bytes;
} csv;

void begin_csv(csv *c);

/* A file's path as a field: quoted where RFC 4180 asks for it, and with ./ before a name that a spreadsheet would take for a
   formula (=, +, -, @ or a tab first). */
void csv_print_path(csv *c, const char *path);

/* A name as a field: quoted in the same way, and with ' before what a spreadsheet would take for a formula. */
void csv_print_name(csv *c, const char *name);

/* Writes the file (atomic_file.h), or exits 1; NULL: to stdout, on a terminal without the control characters of names. */
void finish_csv(csv *c, const char *file);
