/* csv.h - a CSV whose file appears whole or not at all (atomic_file.h). Exits 1 when out of memory. */
#pragma once
#include <stdio.h>
#include "base/atomic_file.h"

typedef struct {
    FILE *rows;       // to print to
    atomic_file file; // CSV_FILE
    char *text;       // CSV_TERMINAL: in memory first
    size_t bytes;
    enum { CSV_FILE, CSV_STDOUT, CSV_TERMINAL } kind;
} csv;

/* To a file; NULL: to stdout, on a terminal without the control characters of names. The name must outlive
   the struct, which must not be moved: rows points into it. */
void begin_csv(csv *c, const char *file);

/* A file's path as a field: quoted where RFC 4180 requires it, and with ./ before a name that a spreadsheet
   would take for a formula (one that starts with =, +, -, @ or a tab). */
void csv_print_path(csv *c, const char *path);

/* A name as a field: quoted in the same way, with ' before what a spreadsheet would take for a formula. */
void csv_print_name(csv *c, const char *name);

/* Exits 1 if the file cannot be written. */
void finish_csv(csv *c);
