/* outputs.h - checks the files that a command will write, before its work. */
#pragma once

/* An option or argument and its path; NULL: not given. */
typedef struct {
    const char *name, *path;
} named_path;

/* Lists end with a NULL name. Exits 1 if two outputs are the same file, if an output is an input or a data
   file in an input folder, or if it cannot be written: no such folder, no permission, a full disk. Devices
   and pipes may be used twice. Only the first rank (base/ranks.h) writes, so only it tries. */
void check_outputs(const char *command, const named_path *outputs, const named_path *inputs);

/* The same without the test that it can be written. */
void compare_outputs(const char *command, const named_path *outputs, const named_path *inputs);
