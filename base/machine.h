/* machine.h - the CPU's vector instructions, and which of them the program uses. */
#pragma once

typedef enum {
    VECTORS_ANY, // what the compiler takes for any CPU of this kind: SSE2, NEON, SIMD128
    VECTORS_AVX2,
    VECTORS_AVX512
} vector_set;

/* The choice of vectors_in_use; -1 before its first call, which makes it. */
extern int chosen_vectors;
vector_set choose_vectors(void);

/* The best set that the CPU has, or on x86-64 the one that the environment variable PIXELCNN_VECTORS names
   (SSE2, AVX2 or AVX-512), for tests and measurements: the results are the same to the bit. Exits if the name
   is unknown or the CPU lacks the set. */
static inline vector_set vectors_in_use(void)
{
    int set = __atomic_load_n(&chosen_vectors, __ATOMIC_RELAXED);
    return set < 0 ? choose_vectors() : (vector_set)set;
}

/* For tests: from here on uses set v on all threads. Returns the set used before, or -1 if the CPU lacks v;
   then nothing changes. */
int use_vectors(vector_set v);

/* The name of the set in use: "AVX-512", "AVX2", "SSE2", "NEON", "SIMD128" or "none". */
const char *vector_units(void);
