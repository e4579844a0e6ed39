/*
hashes_main.c - prints hashes of what the sampler computes (tests/hashes.h), a line each: NAME ROWS HASH. For
builds by other compilers and for other CPUs, which tests/test_exact.sh compares with tests/exact/hashes.txt.
Links little but the C library.

    hashes ROWS [NAME...]     ROWS of the shipped nets NAME (0: all rows), after the functions and the nets of tests/family.c

Run where cfg/ and weights/ are.
*/
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/verbose.h"
#include "pixelcnn/net/build_net.h"
#include "tests/family.h"
#include "tests/hashes.h"

enum { IMAGES = 2 };

static void print_hash(const char *name, int rows, uint64_t hash)
{
    printf("%s\t%d\t%016" PRIx64 "\n", name, rows, hash);
}

static void hash_family(const family_net *f)
{
    network *net = parse_pixelcnn_text(f->name, f->cfg, (net_overrides){.batch = 1});
    set_reproducible_weights(net);
    print_hash(f->name, 0, hash_of_drawing(net, IMAGES, 0));
    free_network(net);
}

static void hash_shipped(const char *name, int rows)
{
    char cfg[256], weights[256];
    snprintf(cfg, sizeof cfg, "cfg/%s.cfg", name);
    snprintf(weights, sizeof weights, "weights/%s.weights", name);
    network *net = parse_pixelcnn_cfg(cfg, (net_overrides){.batch = 1});
    load_weights(net, weights);
    print_hash(name, rows, hash_of_drawing(net, IMAGES, rows));
    free_network(net);
}

int main(int argc, char **argv)
{
    verbose = 0;
    print_hash("functions", 0, hash_of_functions());
    for (int i = 0; i < family_size; ++i) hash_family(family + i);
    for (int i = 2; i < argc; ++i) hash_shipped(argv[i], atoi(argv[1]));
    return 0;
}
