/*
device_options.h - where and how every command computes: options that may stand anywhere behind ./darknet, as Darknet's own
-i and -nogpu may.
*/
#ifndef DEVICE_OPTIONS_H
#define DEVICE_OPTIONS_H
#include <stdio.h>

/* Reads -i N, -nogpu, -tf32 and -deterministic into gpu_index and gpu_math and takes them out of argv, which is NULL-terminated;
   returns what is left of argc. Without -i it is device 0. In a program for the CPU gpu_index becomes -1, and what asks for a
   device ends in one line and exit status 1. */
int take_device_options(int argc, char **argv);

/* A list like "0,1" as device numbers, each once: how many. At most `most`. Exits 1 where it is none. */
int read_devices(const char *list, int *devices, int most);

void explain_device_options(FILE *to);

#endif
