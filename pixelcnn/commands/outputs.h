/*
outputs.h - checks the files that a command will write, before its work.
*/
#pragma once

/* An option or argument and its path; NULL: not given. */
typedef struct {
    const char *name, *path;
} named_path;

/* Lists end with a NULL name. Exits 1 if two outputs are the same file, if an output is an input or a data file in an input
   folder, or if it cannot be written: no such folder, no permission, a full disk. Devices and pipes may be used twice. Of several ranks (base/ranks.h)
   only the first writes, and tries to. */
void check_outputs(const char *command, const named_path *outputs, const named_path *inputs);

/* The same without trying to write. */
void compare_outputs(const char *command, const named_path *outputs, const named_path *inputs);
