/*
agreement.h - what all ranks of a command (base/ranks.h) need alike: program, arguments, files and data.
*/
#pragma once
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/data/dataset.h"

/* [all ranks] Exits 1 if a rank has another build or vector instructions, another command line, another
   content of an input (NULL names end the list; paths that are NULL or no files are left out) or other data
   than rank 0, with a line that names both. The data's images are compared by number, shape and a few of
   them; d NULL: there are none. */
void agree_on_work(const named_path *inputs, const char *data, const dataset *d);
