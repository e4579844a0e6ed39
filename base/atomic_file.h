/*
atomic_file.h - a file that appears whole or not at all: it is written under a temporary name in the same
folder with every write checked, then fsync, rename and fsync of the folder.

Symbolic links are followed: the file that the link names is replaced in place, and the link stays. A replaced
file keeps its mode and owner, as far as this process may set them; a read-only file is refused. A device, a
pipe or an open descriptor (/dev/stdout) cannot be replaced: data goes to it directly.
*/
#pragma once
#include <stdint.h>
#include <stdio.h>
#include "base/output_path.h"
#define XXH_STATIC_LINKING_ONLY // for a hash state on the stack
#include <xxhash.h>

/* Identifies the content of a file: its length and XXH64. */
typedef struct {
    uint64_t bytes, hash;
} file_mark;

typedef struct {
    FILE *stream;
    const char *name;     // as the caller gave it, for messages; must outlive this struct
    output_path target;   // what it resolves to
    char temporary[4200]; // "" when the target is written directly
    int slot;             // of temporary_files.h
    char error[512];      // "" or the first error: file and reason
    int finished;         // complete on disk, not yet renamed
    uint64_t bytes;       // written so far
    XXH64_state_t hash;
} atomic_file;

/* Opens the file. On failure sets f->error, and the calls below do nothing. */
void atomic_open(atomic_file *f, const char *path);
void atomic_write(atomic_file *f, const void *data, size_t bytes);
/* Flushes everything to disk, still under the temporary name. Returns 0, or 1 with f->error set. */
int atomic_finish(atomic_file *f);
/* Calls atomic_finish if necessary, then renames. Returns 0, or 1 with f->error set; then the old file, if
   any, is unchanged. */
int atomic_close(atomic_file *f);
/* Removes what was written; the old file, if any, is unchanged. */
void atomic_abandon(atomic_file *f);
/* Writes a whole file. Returns 0, or 1 with the reason in error (512 bytes). */
int atomic_write_file(const char *path, const void *data, size_t bytes, char *error);
/* Checks that such a file could be written now, and leaves no trace. Returns 0, or 1 with the reason in error
   (512 bytes). */
int atomic_check(const char *path, char *error);
/* Exits 1 unless it could be written. If its folder does not exist, the message says so, or suggests one that
   does. */
void need_writable(const char *path);
/* The mark of what has been written so far. */
file_mark atomic_mark(const atomic_file *f);

/* The mark of an existing file. Returns 0, or 1 with errno set. */
int mark_file(const char *path, file_mark *m);

/* The mark of the rest of a stream. Returns 0, or 1 with errno set. */
int mark_stream(FILE *stream, file_mark *m);
