/*
family.c - small nets that together use every key. Height differs from width, and widths differ between layers
where possible.
*/
#include "tests/family.h"

#define NET(c, h, w)                                                                                                   \
    "[net]\nbatch=2\nheight=" #h "\nwidth=" #w "\nchannels=" #c "\nadam=1\nlearning_rate=0.01\ndecay=0.001\n"          \
    "clip_norm=0.02\nmax_batches=1000\n"
#define LABEL(keys) "[label_embed]\nclasses=3\n" keys
#define FOURIER(n) "[pixel_fourier]\noctaves=" #n "\n"
#define V(f, keys) "[gated_vstack]\nfilters=" #f "\n" keys
#define H(f, keys) "[gated_hstack]\nfilters=" #f "\n" keys
#define SKIP(f, keys) "[skip_sum]\nfilters=" #f "\n" keys
#define CONV(f, keys) "[convolutional]\nsize=1\nfilters=" #f "\n" keys
#define LOSS(l) "[pixel_softmax]\nlevels=" #l "\n"
#define GREY_HEAD(l, out)                                                                                              \
    SKIP(5, "activation=tanh\n") CONV(6, "activation=logistic\n") CONV(out, "activation=linear\n") LOSS(l)
#define COLOUR_HEAD(l, out)                                                                                            \
    SKIP(6, "activation=tanh\n")                                                                                       \
    CONV(9, "groups=3\nactivation=tanh\n") CONV(out, "groups=3\nactivation=linear\n") LOSS(l)

const family_net family[] = {
    {"no label", NET(1, 6, 5) V(4, "size=5\n") H(4, "size=5\nmask=a\n") V(3, "") H(4, "") GREY_HEAD(4, 4)},
    {"label as it is", NET(1, 5, 7) LABEL("size=0\n") V(4, "") H(4, "mask=a\n") V(4, "") H(4, "") GREY_HEAD(2, 2)},
    {"label embedded, dilation 2",
     NET(1, 6, 7) LABEL("size=16\n") V(4, "size=5\n") H(4, "size=5\nmask=a\n") V(4, "dilation=2\n") H(4, "dilation=2\n")
         V(4, "size=5\n") H(4, "") GREY_HEAD(3, 3)},
    {"spatial label",
     NET(1, 5, 6) LABEL("size=4\nspatial=1\n") V(4, "") H(4, "mask=a\n") V(4, "") H(4, "") GREY_HEAD(4, 4)},
    {"factored", NET(1, 6, 5) LABEL("size=3\n") V(5, "size=7\nfactored=1\n") H(4, "mask=a\n")
                     V(3, "factored=1\ndilation=2\n") H(4, "") V(4, "size=5\nfactored=1\n") H(4, "") GREY_HEAD(4, 4)},
    {"size 1, wiring by hand",
     NET(1, 5, 6) LABEL("size=2\n") V(4, "size=1\n") H(3, "mask=a\n") V(5, "from=image\n")
         H(4, "residual=0\nvertical=-3\n") V(4, "from=3\n") H(4, "size=1\nvertical=3\n") H(4, "from=-3\nvertical=-2\n")
             SKIP(5, "layers=-1,4,6\nactivation=loggy\n") CONV(4, "activation=linear\n") LOSS(4)},
    {"head on a horizontal layer",
     NET(1, 5, 6) V(4, "") H(4, "mask=a\n") V(4, "") H(4, "") CONV(3, "activation=linear\n") LOSS(3)},
    {"colour", NET(3, 4, 5) LABEL("size=4\n") V(4, "") H(6, "mask=a\n") V(5, "dilation=2\n") H(6, "dilation=2\n")
                   COLOUR_HEAD(3, 9)},
    {"Fourier features, no label",
     NET(1, 6, 5) FOURIER(2) V(4, "size=5\n") H(4, "mask=a\n") V(4, "factored=1\nfrom=0\n") H(4, "") GREY_HEAD(4, 4)},
    {"Fourier features, label, colour",
     NET(3, 4, 5) LABEL("size=4\n") FOURIER(1) V(4, "") H(6, "mask=a\n") V(5, "") H(6, "") COLOUR_HEAD(3, 9)},
    {"colour, no label, size 1 mask a",
     NET(3, 5, 4) V(4, "size=5\nfactored=1\n") H(6, "size=1\nmask=a\n") V(5, "") H(6, "") COLOUR_HEAD(2, 6)},
};
const int family_size = sizeof family / sizeof *family;
