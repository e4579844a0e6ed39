/*
device_gpu.h - NVIDIA's devices, looked at before the first call of Darknet's to one.
*/
#ifndef DEVICE_GPU_H
#define DEVICE_GPU_H
#include <stddef.h>

#define MOST_DEVICES 16 // for which Darknet keeps handles

typedef struct {
    int n, of[MOST_DEVICES];
} device_list;

typedef struct {
    char name[256];
    size_t memory;    // bytes
    int major, minor; // compute capability
} device_facts;

/* Devices that the driver shows. 0: trouble says what was found and what is needed, in one line; else it is "". */
int count_devices(char trouble[512]);

device_facts facts_of_device(int index);

/* The architectures that this program has machine code for, as ARCH was given. */
const char *built_for(void);

/* Makes device `index` the calling thread's and gpu_index, after having tried that it computes. Where it does not, one line
   says what was found, what is needed and how to compute on the CPU; exit status 1. index < 0 is the CPU: nothing but
   gpu_index is touched. */
void open_device(int index);

#endif
