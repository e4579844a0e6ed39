/* device_options.h - options of every command: where and how it computes, and how much it prints. They may be
   given anywhere after ./darknet, as may Darknet's own -i and -nogpu. */
#pragma once
#include "base/device.h"

/* Reads -i N, -nogpu, -tf32 and -deterministic into gpu_index and device_math, and -v into verbose, and
   removes them from argv, which is NULL-terminated; returns the remaining argc. Without -i the device is 0.
   In a CPU build gpu_index becomes -1, and an option that asks for a device ends in one line and exit status
   1. */
int take_device_options(int argc, char **argv);

/* Device numbers from a text such as "0,1", each at most once; gpu_index becomes the first. NULL: no devices.
   Exits 1 if the text is not such a list, and in a CPU build. */
device_list read_device_list(const char *text);
