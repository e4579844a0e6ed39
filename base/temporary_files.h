/*
temporary_files.h - the temporary files of this process, so that none stays when it ends early; and those that a killed
process left behind.
*/
#pragma once

/* PATH.tmp. and 16 random hexadecimal digits, to name[size]. Returns 0, or 1 with errno set. */
int make_temporary_name(const char *path, char *name, int size);

/* From here until forget_temporary the file is removed by remove_temporaries. Returns a slot, or -1 where all are taken. */
int note_temporary(const char *name);
void forget_temporary(int slot);

/* Removes every file that is noted. May be called from a signal handler, and by atexit. */
void remove_temporaries(void);

/* Is `name` a temporary name of the file `of`? */
int is_temporary_of(const char *name, const char *of);

/* Removes the file unless a process that is still writing it holds a flock. */
void remove_leftover(const char *file);
