/*
machine.h - what the program computes with.
*/
#pragma once

/* The widest vectors that the CPU has and the program uses: "AVX-512", "AVX2", "SSE", or "unknown". */
const char *vector_units(void);
