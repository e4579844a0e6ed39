/* device_gpu.h - the NVIDIA devices of this machine. */
#pragma once
#include "base/device.h"

typedef struct {
    char name[256];
    size_t memory;    // bytes
    int major, minor; // compute capability
} device_facts;

/* The number of devices that the driver lists. If there are none, reason says in one line what was found and
   what is needed; otherwise it is "". */
int count_devices(char reason[512]);

device_facts facts_of_device(int index);

/* The architectures that this program has machine code for, as given in ARCH. */
const char *built_for(void);
