/* available_memory.h - how much more memory this process can use before the system kills it. */
#pragma once

/* Exits 1 if `bytes` exceeds the smallest of the system's MemAvailable, what is left in this process's control
   groups, and what is left of its address-space limit (ulimit -v): "NAME: WHAT need 9.0 GB of memory, 1.2 GB
   are available". */
void require_memory(double bytes, const char *name, const char *what);
