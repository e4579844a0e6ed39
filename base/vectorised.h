/*
vectorised.h - compiles a loop for several instruction sets, of which the program uses one (machine.h).

    VECTOR_BODY void add_into_body(int n, const float *x, float *y) { ... }
    VECTORISED(void, add_into, (int n, const float *x, float *y), n, x, y);

defines add_into. With VECTORISED_FUSED the body has an additional first argument, `int has_fma`, a constant
for fused(). Put `static` before the macro for a function used in one file.
*/
#pragma once
#include "base/fused.h"
#include "base/machine.h"

#define VECTOR_BODY static inline __attribute__((always_inline))

#if defined __x86_64__ && defined __clang__
#define TARGET(level, bits) __attribute__((target("arch=" level), min_vector_width(bits)))
#elif defined __x86_64__
#define TARGET(level, bits) __attribute__((target("arch=" level)))
#endif

#define VECTORISED(type, name, parameters, ...)                                                                        \
    COMPILED_FOR_EACH(type, name, parameters, (__VA_ARGS__), (__VA_ARGS__), (__VA_ARGS__))
#define VECTORISED_FUSED(type, name, parameters, ...)                                                                  \
    COMPILED_FOR_EACH(type, name, parameters, (1, __VA_ARGS__), (HAS_FMA, __VA_ARGS__), (__VA_ARGS__))

/* The first declaration takes a `static`, the last one the semicolon. */
#ifdef __x86_64__
#define COMPILED_FOR_EACH(type, name, parameters, with_fma, otherwise, arguments)                                      \
    type name parameters;                                                                                              \
    TARGET("x86-64-v4", 512) static type name##_v4 parameters { return name##_body with_fma; }                         \
    TARGET("x86-64-v3", 256) static type name##_v3 parameters { return name##_body with_fma; }                         \
    static type name##_any parameters { return name##_body otherwise; }                                                \
    type name parameters                                                                                               \
    {                                                                                                                  \
        vector_set set = vectors_in_use();                                                                             \
        return set == VECTORS_AVX512 ? name##_v4 arguments                                                             \
               : set == VECTORS_AVX2 ? name##_v3 arguments                                                             \
                                     : name##_any arguments;                                                           \
    }                                                                                                                  \
    type name parameters
#else
#define COMPILED_FOR_EACH(type, name, parameters, with_fma, otherwise, arguments)                                      \
    type name parameters;                                                                                              \
    type name parameters { return name##_body otherwise; }                                                             \
    type name parameters
#endif
