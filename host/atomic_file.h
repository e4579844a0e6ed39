/*
atomic_file.h - a file that appears whole or not at all: written under a temporary name in the same
folder, every write checked, fsync, rename, fsync of the folder.
*/
#ifndef ATOMIC_FILE_H
#define ATOMIC_FILE_H
#include <stdio.h>

typedef struct {
    FILE *stream;
    char path[4096], temporary[4096];
    char error[512]; // "" or what went wrong first: file and reason
} atomic_file;

/* Opens; on failure f->error is set and all that follows does nothing. */
void atomic_open(atomic_file *f, const char *path);
void atomic_write(atomic_file *f, const void *data, size_t bytes);
/* Makes the file appear. Returns 0, or 1 with f->error set; then the old file, if any, is as it was. */
int atomic_close(atomic_file *f);
/* Removes what was written; the old file, if any, is as it was. */
void atomic_abandon(atomic_file *f);

#endif
