/*
arithmetic.h - floating point as the C standard has it by default: rounding to nearest, small numbers kept, no traps.

Who calls the library may have set another rounding mode, or have been linked with -ffast-math, which turns small numbers
into zeros (FTZ, DAZ). Both belong to a thread, and what a thread had when its runtime made it stays with it.
*/
#pragma once
#include <fenv.h>

/* Returns what the calling thread had, for restore_arithmetic. */
static inline fenv_t default_arithmetic(void)
{
    fenv_t callers;
    fegetenv(&callers);
    fesetenv(FE_DFL_ENV);
    return callers;
}

/* Also clears exceptions that were raised meanwhile. */
static inline void restore_arithmetic(const fenv_t *callers) { fesetenv(callers); }
