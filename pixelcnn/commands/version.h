/* version.h - the facts that `pixelcnn version` prints. */
#pragma once
#include <stddef.h>

typedef struct {
    const char *key;
    char value[512];
} fact;

typedef struct {
    fact entry[32];
    int n;
} facts;

void add_fact(facts *f, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* In one line what a program was built from, and its libraries: versions, compiler. */
void describe_program(char *to, size_t n);

/* In GPU builds: toolkit, cuDNN, driver, and each device or why there is none. */
void add_device_facts_gpu(facts *f);
const char *backend_gpu(void);
