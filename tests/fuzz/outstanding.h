/*
outstanding.h - memory and files that are outstanding: the fuzz_* functions that the code under test calls.
*/
#pragma once
#include <stddef.h>
#include <stdio.h>

/* As the functions without fuzz_, but that nothing is got beyond memory_limit. What comes from within the C
   library (strdup, getline) may be given to fuzz_free and fuzz_realloc too. */
void *fuzz_malloc(size_t bytes);
void *fuzz_calloc(size_t n, size_t size);
void *fuzz_realloc(void *p, size_t bytes);
void *fuzz_aligned_alloc(size_t alignment, size_t bytes);
void fuzz_free(void *p);
FILE *fuzz_fopen(const char *path, const char *mode);
int fuzz_fclose(FILE *f);

/* Frees and closes all of it. */
void release_all(void);
