/*
device_options.h - where and how every command computes: options that may stand anywhere behind ./darknet, as Darknet's own
-i and -nogpu may.
*/
#ifndef DEVICE_OPTIONS_H
#define DEVICE_OPTIONS_H
#include <stdio.h>
#include "base/device_gpu.h"

/* Reads -i N, -nogpu, -tf32 and -deterministic into gpu_index and gpu_math and takes them out of argv, which is NULL-terminated;
   returns what is left of argc. Without -i it is device 0. In a program for the CPU gpu_index becomes -1, and what asks for a
   device ends in one line and exit status 1. */
int take_device_options(int argc, char **argv);

/* Of a text like "0,1": device numbers, each once; gpu_index becomes the first. NULL is no device. Exits 1 where the text is
   no such list, and in a program for the CPU. */
device_list read_device_list(const char *text);

void explain_device_options(FILE *to);

#endif
