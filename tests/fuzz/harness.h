/*
harness.h - what the fuzz targets share: inputs as files, a die() that comes back, and an account of what is
left behind.

For fuzzing, malloc, free, fopen and the like are renamed to fuzz_* (see the Makefile), in the project's code
and in the host's. They remember what is outstanding. What ends in die() would have exited: all of it is
released. What returns must have released it itself.
*/
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Of a target: called once, before the first input. */
void prepare(void);

/* Runs body(argument). 1: it returned; 0: it ended in die(), and what it had allocated and opened is
   released. */
int attempt(void (*body)(void *), void *argument);

/* Ends the program where something is outstanding: a leak. */
void must_be_empty(void);

/* What is outstanding now is no longer counted: it stays. */
void keep_all(void);

/* Ends the program where a promise was not held. */
void promise(int held, const char *what);

/* To stderr, though libFuzzer may have closed it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Bytes that may be outstanding; more is out of memory. */
extern size_t memory_limit;
enum { MEMORY_LIMIT = 24 << 20 };

/* Most bytes that were outstanding since it was last set to 0. */
extern size_t memory_peak;

/* Seconds of processor time that an input may take; 1 where prepare() does not say otherwise. */
extern double time_limit;

/* Path of a file with these bytes, until the next call. */
const char *as_file(const void *data, size_t bytes);

/* For custom mutators: numbers below n from a seed, and the mutations of libFuzzer. */
typedef struct {
    uint64_t state;
} dice;
dice dice_of(unsigned seed);
unsigned roll(dice *d, unsigned n);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
