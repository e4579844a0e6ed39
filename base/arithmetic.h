/*
arithmetic.h - the C standard's default floating-point environment: round to nearest, keep denormals, no
traps.

A caller of the library may have set another rounding mode, or have been linked with -ffast-math, which
flushes denormals to zero (FTZ, DAZ). Both are per-thread settings, and a thread keeps the ones that it was
created with.
*/
#pragma once
#include <fenv.h>

/* Sets the default environment. Returns the calling thread's previous one, for restore_arithmetic. */
static inline fenv_t default_arithmetic(void)
{
    fenv_t callers;
    fegetenv(&callers);
    fesetenv(FE_DFL_ENV);
    return callers;
}

/* Also clears exceptions raised in between. */
static inline void restore_arithmetic(const fenv_t *callers) { fesetenv(callers); }
