/*
hashes_main.c - what the sampler and the codec compute, by builds of other compilers and for other CPUs. Links
little but the C library. tests/test_exact_builds.sh compares. Run where cfg/ and weights/ are.

    hashes ROWS [NAME...]
        prints hashes (tests/hashes.h), a line each, NAME ROWS HASH: of functions, of the nets of tests/family.c,
        and of ROWS (0: all) of the nets NAME that ship
    hashes recode NAME FILE.gpc
        decompresses a file of the net NAME to stdout, a byte a value, and compresses the images again; exits 1
        unless that gives the same file
*/
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/verbose.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/codec/compress.h"
#include "pixelcnn/codec/decompress.h"
#include "pixelcnn/net/build_net.h"
#include "tests/family.h"
#include "tests/gpc_layout.h"
#include "tests/hashes.h"

enum { IMAGES = 2 };

/* ---- hashes ---- */

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

static network *load_shipped(const char *name)
{
    char cfg[256], weights[256];
    snprintf(cfg, sizeof cfg, "cfg/%s.cfg", name);
    snprintf(weights, sizeof weights, "weights/%s.weights", name);
    network *net = parse_pixelcnn_cfg(cfg, (net_overrides){.batch = 1});
    load_weights(net, weights);
    return net;
}

static void hash_shipped(const char *name, int rows)
{
    network *net = load_shipped(name);
    print_hash(name, rows, hash_of_drawing(net, IMAGES, rows));
    free_network(net);
}

/* ---- a compressed file ---- */

/* In memory: not every system here reads files in part. */
static byte_buffer read_all(const char *name)
{
    byte_buffer b = {0};
    char some[4096];
    FILE *f = fopen(name, "rb");
    if (!f) die("%s: cannot open", name);
    for (size_t n; (n = fread(some, 1, sizeof some, f));) append_bytes(&b, some, n);
    fclose(f);
    return b;
}

/* Pixels and labels of all images. */
typedef struct {
    byte_buffer pixels, labels;
    size_t values, classes;
} images;

static void receive(void *to, int first, int n, const unsigned char *pixels, const float *labels)
{
    images *x = to;
    (void)first;
    append_bytes(&x->pixels, pixels, n * x->values);
    if (labels) append_bytes(&x->labels, labels, n * x->classes * sizeof *labels);
}

static void recode(const char *name, const char *file)
{
    network *net = load_shipped(name);
    byte_buffer bytes = read_all(file), again = {0};
    gpc_file *f = read_gpc_file((gpc_source){.name = file, .bytes = bytes.data, .size = bytes.bytes});
    need_gpc_net(f, net);
    int n = (int)f->h.images;
    images x = {.values = net->truths, .classes = f->h.classes};
    decompress_images(net, &(decompression){f, 0, n, receive, &x});
    fwrite(x.pixels.data, 1, x.pixels.bytes, stdout);
    dataset d = {.n = n, .c = net->c, .h = net->h, .w = net->w, .pixels = x.pixels.data, .classes = (int)x.classes};
    d.labels = (float *)x.labels.data;
    compress_images(net, &(compression){.d = &d,
                                        .n = n,
                                        .block = (int)f->h.in_block,
                                        .write = append_piece,
                                        .context = &again,
                                        .quantised = (int)f->h.quantised});
    if (again.bytes != bytes.bytes || memcmp(again.data, bytes.data, bytes.bytes))
        die("%s: compressed again, its images make another file", file);
}

int main(int argc, char **argv)
{
    verbose = 0;
    if (argc == 4 && !strcmp(argv[1], "recode")) {
        recode(argv[2], argv[3]);
        return 0;
    }
    print_hash("functions", 0, hash_of_functions());
    for (int i = 0; i < family_size; ++i) hash_family(family + i);
    for (int i = 2; i < argc; ++i) hash_shipped(argv[i], atoi(argv[1]));
    return 0;
}
