/* agreement.h - checks that all ranks of a command (base/ranks.h) have the same program, arguments, files and
   data. */
#pragma once
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/data/dataset.h"

/* [all ranks] Exits 1 if a rank differs from rank 0 in its build, the C library's mathematics, command line,
   the content of an input or the data, with a line that names both. The instruction set may differ: no command
   that shares its work on CPUs computes anything that depends on it. inputs end with a NULL name; paths that are
   NULL or not files are ignored. Data are compared by the number, the shape and a few of the images; d NULL:
   there are none. */
void agree_on_work(const named_path *inputs, const char *data, const dataset *d);
