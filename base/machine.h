/*
machine.h - the CPU's vector instructions, and which of them the program uses.
*/
#pragma once

typedef enum {
    VECTORS_ANY, // what the compiler takes for any CPU of this kind: SSE2, NEON, SIMD128
    VECTORS_AVX2,
    VECTORS_AVX512
} vector_set;

/* The best set that the CPU has; or on x86-64 what the environment variable PIXELCNN_VECTORS names: SSE2, AVX2 or AVX-512, for
   tests and measurements, since the results are the same to the bit. Exits if the name is unknown or the CPU lacks it. */
vector_set vectors_in_use(void);

/* From here on uses set v on all threads, for tests. Returns what was used, or -1, and changes nothing, if the CPU lacks it. */
int use_vectors(vector_set v);

/* The name of the set in use: "AVX-512", "AVX2", "SSE2", "NEON", "SIMD128" or "none". */
const char *vector_units(void);
