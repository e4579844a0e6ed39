/* numbered_output.h - checks a series of files that a command will write, before its work. */
#pragma once
#include "base/numbered_name.h"
#include "pixelcnn/commands/outputs.h"

/* Exits 1 if an input (NULL-terminated list) is one of the files or the folder that they are written to, or,
   on the first rank, if the first file cannot be written. path: as given to -out. Does not create the folder
   (make_numbered_folder). */
void check_numbered_output(const char *command, const char *path, const numbered_name *each, const named_path *inputs);
