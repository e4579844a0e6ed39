/*
available_memory.h - how much memory a process can still get before the system ends it.
*/
#pragma once

/* Bytes: the least of what the system has available (MemAvailable), what the control groups of this process leave, and what its
   limit of address space (ulimit -v) leaves. HUGE_VAL where none of these says anything. */
double available_memory(void);

/* Exits 1 where `bytes` are more than that: "NAME: WHAT need 9.0 GB of memory, 1.2 GB are available". */
void require_memory(double bytes, const char *name, const char *what);
