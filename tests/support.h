/*
support.h - helpers for all tests: scratch files, small data sets, nets from text, running programs.
*/
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "layers/gated.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/params.h"

/* A path in this process's scratch folder, which is removed at exit. The last 16 stay valid. */
const char *scratch(const char *name);

void write_file(const char *path, const void *data, size_t bytes);
void write_text(const char *path, const char *text);
/* The whole file, ended with NUL; its length in *bytes unless NULL. Free it. */
char *read_whole(const char *path, size_t *bytes);
int file_exists(const char *path);

/* IDX files under MNIST's names in a folder: n random images (c,h,w) and labels below classes, for both
   splits. The same seed writes the same files. */
typedef struct {
    int n, c, h, w, classes, seed;
} toy_data;
const char *make_toy_data(const char *folder, toy_data t);

/* A Gated PixelCNN from cfg text, with weights drawn from the seed. Hides what the parser prints. */
network *net_of_text(const char *text, int seed);
/* Makes the biases random too: init_params sets them to zero, which could hide mistakes. */
void fill_biases(network *net, int seed);

/* Net i of family.h, its weights and biases drawn from the seed. */
network *family_member(int i, int seed);
/* Random input and truth for the net's batch: levels, labels one-hot or (soft) any numbers. */
void random_batch(network *net, int seed, int soft_labels);

/* Mean and sum of NLL of the net's current input and truth. */
double net_nll(network *net);

/* Runs a shell command. Returns its exit status, or 128 + signal; what it printed is in out and err
   (NUL-terminated, cut to fit), either may be NULL. */
typedef struct {
    int status;
    char out[65536], err[65536];
} run_result;
void run_command(run_result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ./darknet, or the sanitized program if the tests run under the sanitizer. TESTED_DARKNET=FILE names another
   build, so that regression tests (tests/test_reported_*.c) can run against an older program. */
const char *darknet(void);

/* Skips a test that preloads tests/faults.c (LD_PRELOAD) under AddressSanitizer, which has to be loaded
   first. */
void need_preload(void);

/* How often a word occurs in a text. */
int times_in(const char *text, const char *word);
/* The number after the first such key in JSON; fails if there is none. */
double number_in(const char *json, const char *key);

/* n numbers from -0.5 to 0.5; another stream has others. Free them. */
float *random_floats(size_t n, int stream);
double largest(const float *x, size_t n); // of absolute values

/* The resident memory of a process, now and at its peak; -1: unknown. */
long resident_kib(long process);
long peak_kib(long process);

#define TEST_MAIN(...)                                                                                                 \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                                               \
        return cmocka_run_group_tests(tests, 0, 0);                                                                    \
    }
