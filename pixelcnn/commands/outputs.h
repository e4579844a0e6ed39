/*
outputs.h - checks the files that a command is going to write, before its work.
*/
#pragma once

/* An option or argument and the path that was given with it; NULL: none was. */
typedef struct {
    const char *name, *path;
} named_path;

/* Lists end with a name that is NULL. Exits 1 where two outputs are the same file, where an output is an input, or a file in
   an input folder that may be part of the data, or where it cannot be written: no such folder, no permission, a full
   disk. Devices and pipes may be named twice. */
void check_outputs(const char *command, const named_path *outputs, const named_path *inputs);

/* The part of check_outputs that compares names; does not check whether they can be written. */
void compare_outputs(const char *command, const named_path *outputs, const named_path *inputs);
