/*
machine.h - what the program computes with.
*/
#ifndef MACHINE_H
#define MACHINE_H

/* The widest vectors that the CPU has and the program uses: "AVX-512", "AVX2", "SSE", or "unknown". */
const char *vector_units(void);

#endif
