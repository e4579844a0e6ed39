/*
nets.c - see nets.h.
*/
#include <fnmatch.h>
#include "base/calls_gpu.h"
#include "layers/math/blas_gpu.h"
#include "tests/gpu/nets.h"

#ifdef CUEMU
/* Tiny nets need little workspace to measure cuDNN's algorithms, and the emulator fills what is allocated
   with NaN: with 256 MiB for each size of convolution that took most of the tests' time. */
__attribute__((constructor)) static void measure_in_a_little_room(void) { workspace_limit = (size_t)1 << 20; }
#endif

#define NET "[net]\nbatch=3\nadam=1\nlearning_rate=0.01\ndecay=0.001\nclip_norm=0.02\nema=0.9\nmax_batches=1000\n"
#define HEAD(levels) "[convolutional]\nsize=1\nfilters=" #levels "\n[pixel_softmax]\nlevels=" #levels "\n"
#define ACTIVATED(a)                                                                                                   \
    {                                                                                                                  \
        "skip " #a,                                                                                                    \
            NET "height=4\nwidth=5\nchannels=1\n[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=4\nmask=a\n"        \
                "[skip_sum]\nfilters=5\nactivation=" #a "\n[convolutional]\nsize=1\nfilters=3\nactivation=" #a         \
                "\n[activation]\nactivation=" #a "\n" HEAD(3)                                                          \
    }

/* What the family lacks: sizes beyond a block of threads, kernels beyond the image, one row, one column. */
static const family_net more[] = {
    {"many levels and pixels",
     NET "height=17\nwidth=19\nchannels=1\n[pixel_fourier]\n[gated_vstack]\nfilters=2\nsize=7\n[gated_hstack]\n"
         "filters=3\nsize=7\nmask=a\n[skip_sum]\nfilters=4\nactivation=relu\n" HEAD(256)},
    {"kernels beyond the image", NET
     "height=4\nwidth=3\nchannels=1\n[gated_vstack]\nfilters=3\nsize=5\ndilation=3\n[gated_hstack]\nfilters=4\nmask=a\n"
     "[gated_vstack]\nfilters=3\nsize=3\ndilation=9\nfactored=1\n[gated_hstack]\nfilters=4\nsize=5\ndilation=4\n"
     "[skip_sum]\nfilters=4\n" HEAD(40)},
    {"one row",
     NET "height=1\nwidth=9\nchannels=1\n[label_embed]\nclasses=4\nsize=3\nspatial=1\n[gated_vstack]\nfilters=3\n"
         "[gated_hstack]\nfilters=4\nmask=a\n[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=4\n[skip_sum]\n"
         "filters=4\n" HEAD(2)},
    {"one column, labels dropped",
     NET "height=7\nwidth=1\nchannels=3\n[label_embed]\nclasses=4\nsize=3\ndropout=0.5\n[gated_vstack]\nfilters=3\n"
         "[gated_hstack]\nfilters=6\nmask=a\n[skip_sum]\nfilters=3\n[convolutional]\nsize=1\ngroups=3\nfilters=9\n"
         "[pixel_softmax]\nlevels=3\n"},
    ACTIVATED(relu),
    ACTIVATED(leaky),
    ACTIVATED(elu),
    ACTIVATED(logistic),
    ACTIVATED(hardtan),
};
static const int nmore = sizeof more / sizeof *more;

const char *wanted_nets = "*";

/* The n-th net whose name matches, or NULL. */
static const family_net *fitting(const char *pattern, int n)
{
    for (int i = 0; i < family_size + nmore; ++i) {
        const family_net *f = i < family_size ? family + i : more + i - family_size;
        if (!fnmatch(pattern, f->name, 0) && !n--) return f;
    }
    return 0;
}

const family_net *net_number(int n) { return fitting(wanted_nets, n); }

const family_net *net_named(const char *name) { return fitting(name, 0); }
