/*
ledger.c - see ledger.h.

Memory that the C library allocates itself (strdup, getline) is not recorded, and may be passed to free and
realloc too.
*/
#define _GNU_SOURCE
#include <pthread.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "library/ledger.h"

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void __real_free(void *p);
FILE *__real_fopen(const char *path, const char *mode);
int __real_fclose(FILE *f);

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
void __wrap_free(void *p);
FILE *__wrap_fopen(const char *path, const char *mode);
int __wrap_fclose(FILE *f);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // a call has several threads
static void *memory, *files;                             // tsearch trees, keyed by address

static int by_address(const void *a, const void *b)
{
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

static void close_file(void *f) { __real_fclose(f); }

static void leave_alone(void *p) { (void)p; }

/* Records p and returns it, or NULL if there is no memory to record it. */
static void *note(void **tree, void *p, void (*undo)(void *))
{
    if (!p) return 0;
    pthread_mutex_lock(&lock);
    void *noted = tsearch(p, tree, by_address);
    pthread_mutex_unlock(&lock);
    if (!noted) undo(p);
    return noted ? p : 0;
}

static void strike(void **tree, void *p)
{
    pthread_mutex_lock(&lock);
    tdelete(p, tree, by_address);
    pthread_mutex_unlock(&lock);
}

void *__wrap_malloc(size_t bytes) { return note(&memory, __real_malloc(bytes), __real_free); }

void *__wrap_calloc(size_t n, size_t size) { return note(&memory, __real_calloc(n, size), __real_free); }

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    return note(&memory, __real_aligned_alloc(alignment, bytes), __real_free);
}

/* If the new address cannot be recorded, the memory leaks should the call fail, which is better than losing
   its content. */
void *__wrap_realloc(void *p, size_t bytes)
{
    void *moved = __real_realloc(p, bytes);
    if (!moved) return 0;
    strike(&memory, p);
    note(&memory, moved, leave_alone);
    return moved;
}

void __wrap_free(void *p)
{
    strike(&memory, p);
    __real_free(p);
}

FILE *__wrap_fopen(const char *path, const char *mode) { return note(&files, __real_fopen(path, mode), close_file); }

int __wrap_fclose(FILE *f)
{
    strike(&files, f);
    return __real_fclose(f);
}

static void clear(void (*end_memory)(void *), void (*end_file)(void *))
{
    tdestroy(files, end_file);
    tdestroy(memory, end_memory);
    files = memory = 0;
}

void ledger_keep(void) { clear(leave_alone, leave_alone); }

void ledger_release(void) { clear(__real_free, close_file); }
