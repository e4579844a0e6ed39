/* temporary_files.h - keeps track of this process's temporary files, so that none is left when it ends early,
   and removes those that a killed process left behind. */
#pragma once
#include <stdio.h>

/* Writes PATH.tmp. and 16 random hexadecimal digits to name[size]. Returns 0, or 1 with errno set. */
int make_temporary_name(const char *path, char *name, int size);

/* Until forget_temporary is called with the returned slot, remove_temporaries removes the file. Returns -1 if
   all slots are taken. */
int note_temporary(const char *name);
void forget_temporary(int slot);

/* Removes all noted files. Safe in a signal handler and in atexit. */
void remove_temporaries(void);

/* A file to write and read, without a name, in the folder of `path`; it is gone when it is closed. NULL with
   errno set. */
FILE *open_nameless_file(const char *path);

/* Is `name` a temporary name of `file`? */
int is_temporary_of(const char *name, const char *file);

/* Removes the file unless another process, which is still writing it, holds a flock on it. */
void remove_leftover(const char *file);
