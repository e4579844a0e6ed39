/*
row_file.h - rows of equal length in a file, read when they are needed: for data larger than memory.

Their pages stay in the system's page cache, once for all processes of a host, and are dropped when memory is
short; a process holds only the rows that it works on. pread, not mmap: if a mapped file is truncated, reading
the missing pages kills the process with SIGBUS, on whichever thread and in whatever library that happens, and
a handler would affect the whole process. A short read is an ordinary error. A row costs about a microsecond.
*/
#pragma once
#include <stddef.h>

typedef struct row_file row_file;

/* Rows of `bytes` bytes each, the first at byte `start`. Keeps the descriptor, and a copy of the name for
   messages. */
row_file *open_row_file(int descriptor, const char *name, size_t start, size_t bytes);
void close_row_file(row_file *f);

/* Rows first .. first+n-1. Any number of threads may call it at once. Exits 1 if the file has become shorter
   or cannot be read. */
void read_rows(const row_file *f, size_t first, size_t n, void *to);

/* The file's name, and where a row starts. */
const char *row_file_name(const row_file *f);
size_t row_place(const row_file *f, size_t i);
