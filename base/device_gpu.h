/*
device_gpu.h - which of NVIDIA's devices there are.
*/
#pragma once
#include "base/device.h"

typedef struct {
    char name[256];
    size_t memory;    // bytes
    int major, minor; // compute capability
} device_facts;

/* Devices that the driver lists. If there are none, reason says in one line what was found and what is needed; else it is "". */
int count_devices(char reason[512]);

device_facts facts_of_device(int index);

/* The architectures that this program has machine code for, as given in ARCH. */
const char *built_for(void);
