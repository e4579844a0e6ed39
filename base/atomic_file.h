/*
atomic_file.h - a file that appears whole or not at all: written under a temporary name in the same
folder, every write checked, fsync, rename, fsync of the folder.

A path that is a link leads to the file that the link names, which is replaced where it is; the link stays. The mode and
owner of a file that is replaced stay too, as far as this process may set them; one that must not be written is refused.
A device, a pipe or an open descriptor (/dev/stdout) cannot be replaced: what is written reaches it as it comes.
*/
#pragma once
#include <stdint.h>
#include <stdio.h>
#include "base/output_path.h"
#define XXH_STATIC_LINKING_ONLY // for a hash state on the stack
#include <xxhash.h>

/* What tells whether a file is the one that was written: its length and XXH64. */
typedef struct {
    uint64_t bytes, hash;
} file_mark;

typedef struct {
    FILE *stream;
    const char *name;     // that the caller gave, for messages; must outlive this
    output_path target;   // what it leads to
    char temporary[4200]; // "" where it is written as it comes
    int slot;             // of temporary_files.h
    char error[512];      // "" or what went wrong first: file and reason
    int finished;         // whole on the disk, not yet renamed
    uint64_t bytes;       // written so far
    XXH64_state_t hash;
} atomic_file;

/* Opens; on failure f->error is set and all that follows does nothing. */
void atomic_open(atomic_file *f, const char *path);
void atomic_write(atomic_file *f, const void *data, size_t bytes);
/* Brings all that was written to the disk, still under the temporary name. Returns 0, or 1 with f->error set. */
int atomic_finish(atomic_file *f);
/* Finishes it where that was not done, and makes the file appear. Returns 0, or 1 with f->error set; then the old file, if
   any, is as it was. */
int atomic_close(atomic_file *f);
/* Removes what was written; the old file, if any, is as it was. */
void atomic_abandon(atomic_file *f);
/* A file of so many bytes, whole or not at all. Returns 0, or 1 with the reason in error (512 bytes). */
int atomic_write_file(const char *path, const void *data, size_t bytes, char *error);
/* Could such a file be written now? Leaves no trace. Returns 0, or 1 with the reason in error (512 bytes). */
int atomic_check(const char *path, char *error);
/* Of what was written. */
file_mark atomic_mark(const atomic_file *f);

/* Of a file as it is. Returns 0, or 1 with errno set. */
int mark_file(const char *path, file_mark *m);

/* Of what is left of a stream. Returns 0, or 1 with errno set. */
int mark_stream(FILE *stream, file_mark *m);
