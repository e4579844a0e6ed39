/*
test_bad_files.c - files that must be refused: damaged data and weights, weights of another net, and weights
that are not zero where they are masked.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include "tests/refused.h"

/* Does to the n bytes what `how` says: "byte 3=1", "flip -1" (from the end), "size=9", "size+1", "size-1",
   "random", several with commas between. data has room for n + 64 bytes; returns the new n. */
static int damage(unsigned char *data, int n, const char *how)
{
    for (; how; how = strchr(how, ',') ? strchr(how, ',') + 1 : 0) {
        int at = 0, value = 0;
        if (sscanf(how, "byte %d=%d", &at, &value) == 2)
            data[at] = value;
        else if (sscanf(how, "flip %d", &at) == 1)
            data[at < 0 ? n + at : at] ^= 255;
        else if (sscanf(how, "size=%d", &value) == 1)
            n = value;
        else if (sscanf(how, "size%d", &value) == 1)
            n += value;
        else if (!strncmp(how, "random", 6))
            for (unsigned i = 0, x = 12345; i < (unsigned)n; ++i) data[i] = (x = x * 1664525 + 1013904223) >> 24;
    }
    return n;
}

/* A file's content in a buffer with spare room. Free it. */
static unsigned char *roomy(const char *path, int *n)
{
    size_t bytes;
    char *text = read_whole(path, &bytes);
    unsigned char *data = calloc(bytes + 64, 1);
    memcpy(data, text, bytes);
    free(text);
    *n = bytes;
    return data;
}

#define IMAGES "t10k-images-idx3-ubyte"
#define LABELS "t10k-labels-idx1-ubyte"

enum { RAW, PACKED, PACKED_FIRST }; // raw; compressed after the damage; compressed before it

static const struct {
    const char *file, *how;
    int form;
    const char *says;
} damages[] = {
    {IMAGES, "remove", RAW, "bad-data: no t10k-images-idx3-ubyte"},
    {IMAGES, "folder", RAW, "not a regular file"},
    {IMAGES, "byte 0=1", RAW, "byte 0: magic 01000803, expected 000008"},
    {IMAGES, "byte 1=1", RAW, "byte 0: magic 00010803"},
    {IMAGES, "byte 2=13", RAW, "byte 0: magic 00000d03"},
    {IMAGES, "byte 3=0", RAW, "byte 0: magic 00000800 & 3 to 4 dimensions"},
    {IMAGES, "byte 3=1", RAW, "byte 0: magic 00000801 & 3 to 4 dimensions"},
    {IMAGES, "byte 3=4", RAW, "dimension"},
    {IMAGES, "byte 3=255", RAW, "byte 0: magic 000008ff & 3 to 4 dimensions"},
    {IMAGES, "random", RAW, "byte 0: magic"},
    {IMAGES, "byte 7=0", RAW, "byte 4: dimension 0 is 0"},
    {IMAGES, "byte 11=0", RAW, "byte 8: dimension 1 is 0"},
    {IMAGES, "byte 15=0", RAW, "byte 12: dimension 2 is 0"},
    {IMAGES, "byte 4=255", RAW, "byte 4: dimension 0 is 4278190092"},
    {IMAGES, "byte 4=127", RAW, "376 bytes of content & truncated"},
    {IMAGES, "byte 4=127,byte 8=127", RAW, "byte 8: dimension 1 is 2130706438 & too large"},
    {IMAGES, "byte 4=12,byte 7=0", RAW, "376 bytes of content & truncated"},
    {IMAGES, "byte 7=13", RAW, "376 bytes of content, its dimensions need 406: truncated"},
    {IMAGES, "byte 11=7", RAW, "376 bytes of content, its dimensions need 436: truncated"},
    {IMAGES, "byte 7=11", RAW, "more than the 346 bytes"},
    {IMAGES, "byte 15=4", RAW, "more than the 304 bytes"},
    {IMAGES, "byte 11=5,byte 15=6", RAW, "images of 1 channel, 5 x 6 & height=6 width=5"},
    {IMAGES, "size=0", RAW, "0 bytes of content & at least 8"},
    {IMAGES, "size=3", RAW, "3 bytes of content & at least 8"},
    {IMAGES, "size=4", RAW, "4 bytes of content, its 3 dimensions alone need 16"},
    {IMAGES, "size=15", RAW, "15 bytes of content, its 3 dimensions alone need 16"},
    {IMAGES, "size=16", RAW, "16 bytes of content & truncated"},
    {IMAGES, "size-1", RAW, "375 bytes of content & 376: truncated"},
    {IMAGES, "size+1", RAW, "more than the 376 bytes"},
    {IMAGES, "byte 0=1", PACKED, "byte 0: magic 01000803"},
    {IMAGES, "size-1", PACKED, "375 bytes of content & truncated"},
    {IMAGES, "size+1", PACKED, "more than the 376 bytes"},
    {IMAGES, "size=0", PACKED, "0 bytes of content"},
    {IMAGES, "size=0", PACKED_FIRST, "0 bytes of content"},
    {IMAGES, "size=5", PACKED_FIRST, "damaged"},
    {IMAGES, "size=10", PACKED_FIRST, "damaged"},
    {IMAGES, "size=100", PACKED_FIRST, "damaged"},
    {IMAGES, "size-8", PACKED_FIRST, "damaged"},
    {IMAGES, "size-1", PACKED_FIRST, "damaged"},
    {IMAGES, "flip 2", PACKED_FIRST, "damaged"},
    {IMAGES, "flip 60", PACKED_FIRST, ""},
    {IMAGES, "flip -8", PACKED_FIRST, "damaged"},
    {IMAGES, "flip -1", PACKED_FIRST, "damaged"},
    {LABELS, "remove", RAW, "bad-data: no t10k-labels-idx1-ubyte"},
    {LABELS, "byte 2=9", RAW, "byte 0: magic 00000901"},
    {LABELS, "byte 3=3", RAW, "byte 0: magic 00000803 & 1 dimension"},
    {LABELS, "size=0", RAW, "0 bytes of content"},
    {LABELS, "size=7", RAW, "7 bytes of content, its 1 dimension alone need 8"},
    {LABELS, "size-1", RAW, "19 bytes of content & 20: truncated"},
    {LABELS, "size+1", RAW, "more than the 20 bytes"},
    {LABELS, "byte 7=11,size-1", RAW, "11 labels for 12 images"},
    {LABELS, "byte 7=13,size+1", RAW, "13 labels for 12 images"},
    {LABELS, "byte 8=3", RAW, "byte 8: label 3, the cfg has classes=3"},
    {LABELS, "byte 19=255", RAW, "byte 19: label 255, the cfg has classes=3"},
    {LABELS, "byte 8=3", PACKED, "byte 8: label 3"},
    {LABELS, "size-1", PACKED_FIRST, "damaged"},
    {"train-images-idx3-ubyte", "remove", RAW, "bad-data: no train-images-idx3-ubyte"},
    {"train-images-idx3-ubyte", "size-1", RAW, "375 bytes of content & truncated"},
    {"train-images-idx3-ubyte", "size-4", PACKED_FIRST, "damaged"},
    {"train-labels-idx1-ubyte", "remove", RAW, "bad-data: no train-labels-idx1-ubyte"},
    {"train-labels-idx1-ubyte", "byte 10=77", RAW, "byte 10: label 77"},
};

static void pack(const char *path, const unsigned char *data, int n)
{
    gzFile f = gzopen(path, "wb");
    assert_int_equal(gzwrite(f, data, n), n);
    assert_int_equal(gzclose(f), Z_OK);
}

/* $BAD_DATA becomes $DATA with one file damaged. */
static void damage_data(const char *file, const char *how, int form)
{
    char raw[256], gz[272];
    int n;
    shell("rm -rf $BAD_DATA; cp -r $DATA $BAD_DATA");
    snprintf(raw, sizeof raw, "%s/%s", path_of("BAD_DATA"), file);
    snprintf(gz, sizeof gz, "%s.gz", raw);
    unsigned char *data = roomy(raw, &n);
    remove(raw);
    if (form == PACKED_FIRST) {
        pack(gz, data, n);
        free(data);
        data = roomy(gz, &n);
    }
    n = damage(data, n, how);
    if (!strcmp(how, "folder"))
        mkdir(raw, 0777);
    else if (form == PACKED)
        pack(gz, data, n);
    else if (strcmp(how, "remove"))
        write_file(form ? gz : raw, data, n);
    free(data);
}

static void damaged_data_is_refused(void **state)
{
    char says[256];
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(damages); ++i) {
        const char *file = damages[i].file, *how = damages[i].how;
        damage_data(file, how, damages[i].form);
        snprintf(says, sizeof says, "%s & %s", file, damages[i].says);
        refused(0,
                *file == 't' && file[1] == 'r' ? "pixelcnn train $CFG $BAD_DATA -backup $OUT/b"
                                               : "pixelcnn eval $CFG $WEIGHTS $BAD_DATA",
                says);
    }
    report();
}

static const struct {
    const char *how, *says, *from, *to; // the weights are damaged; in the cfg, `from` becomes `to`
} damaged[] = {
    {"size=0", "0 bytes", 0, 0},
    {"size=1", "1 byte,", 0, 0},
    {"size=12", "12 bytes", 0, 0},
    {"size=15", "15 bytes", 0, 0},
    {"size=16", "16 bytes", 0, 0},
    {"size=19", "19 bytes", 0, 0},
    {"size=20", "20 bytes, this net needs & truncated", 0, 0},
    {"size=24", "24 bytes, this net needs & truncated", 0, 0},
    {"size-1", "truncated", 0, 0},
    {"size-4", "truncated", 0, 0},
    {"size+1", "too long", 0, 0},
    {"size+4", "too long", 0, 0},
    {"random", "", 0, 0},
    {"random,size=64", "", 0, 0},
    {"byte 0=1", "header 1.2, expected 0.2", 0, 0},
    {"byte 1=4", "", 0, 0},
    {"byte 3=128", "header -", 0, 0},
    {"byte 4=0", "", 0, 0},
    {"byte 4=1", "", 0, 0},
    {"byte 4=3", "header 0.3, expected 0.2", 0, 0},
    {"byte 7=128", "header 0.-", 0, 0},
    {"byte 11=255", "header 0.2.-", 0, 0},
    {"flip 8", "belongs to a different net & revision", 0, 0},
    {"byte 20=0,byte 21=0,byte 22=192,byte 23=127", "layer 0, E[0] = nan", 0, 0},
    {"byte 20=0,byte 21=0,byte 22=128,byte 23=127", "layer 0, E[0] = inf", 0, 0},
    {"", "this net needs & truncated", "#v1\nfilters=4", "\nfilters=5"},
    {"", "this net needs & too long", "filters=8", "filters=7"},
    {"", "this net needs", "size=3\n\n[gated_hstack]", "size=5\n\n[gated_hstack]"},
    {"", "this net needs", "classes=3", "classes=4"},
    {"", "this net needs", "size=2", "size=0"},
    {"", "this net needs", "#label", "\nspatial=1"},
    {"", "this net needs", "#v1", "\nfactored=1"},
    {"", "this net needs", "#skip", "\nlayers=4"},
    {"", "revision", "dilation=2", "dilation=1"},
    {"", "revision", "#h2", "\ndilation=2"},
    {"", "revision", "#h2", "\nresidual=0"},
    {"", "revision", "#h2", "\nvertical=1"},
    {"", "revision", "#skip", "\nlayers=4,2"},
    {"", "revision", "activation=relu", "activation=elu"},
    {"", "revision", "activation=leaky", "activation=relu"},
    {"", "revision", "activation=tanh", "activation=relu"},
    {"", "revision", "[activation] #act\nactivation=tanh\n", ""},
};

static void damage_weights(const char *how, const char *from, const char *to)
{
    char text[TEXT] = "";
    int n;
    unsigned char *data = roomy(path_of("WEIGHTS"), &n);
    n = damage(data, n, how);
    write_file(path_of("BAD_WEIGHTS"), data, n);
    free(data);
    splice_text(text, GREY, from ? strstr(GREY, from) : GREY, from ? strlen(from) : 0, to ? to : "");
    write_text(path_of("BAD"), text);
}

static void damaged_weights_are_refused(void **state)
{
    char says[256];
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(damaged); ++i) {
        damage_weights(damaged[i].how, damaged[i].from, damaged[i].to);
        snprintf(says, sizeof says, "bad.weights: & %s", damaged[i].says);
        refused(0, "pixelcnn eval $BAD $BAD_WEIGHTS $DATA", says);
        refused(0,
                i % 2 ? "pixelcnn sample $BAD $BAD_WEIGHTS -n 1 -out $OUT/x.png"
                      : "pixelcnn train $BAD $DATA $BAD_WEIGHTS -backup $OUT/b",
                says);
    }
    report();
}

/* A weight that lets a colour see a later one; the first such of each array. */
static void masked_weights_are_refused(void **state)
{
    char says[128], how[64];
    (void)state;
    need_world();
    network *net = net_of_text(COLOUR, 1);
    param_list all = net_params(net);
    int at = 20;
    for (int i = 0; i < all.n; at += all.p[i++].n * sizeof(float)) {
        if (!all.p[i].allowed) continue;
        size_t k = 0;
        while (all.p[i].allowed[k]) ++k;
        int n, first = at + k * sizeof(float);
        unsigned char *data = roomy(path_of("PLAIN_WEIGHTS"), &n);
        snprintf(how, sizeof how, "byte %d=63", first + 3);
        write_file(path_of("BAD_WEIGHTS"), data, damage(data, n, how));
        free(data);
        snprintf(says, sizeof says, "bad.weights: layer %d, %s[%zu] = ", all.layer[i], all.p[i].name, k);
        refused(0, "pixelcnn eval $PLAIN $BAD_WEIGHTS $RGB", says);
    }
    assert_true(cases >= 5);
    free_param_list(&all);
    free_network(net);
    report();
}

TEST_MAIN(cmocka_unit_test(damaged_data_is_refused), cmocka_unit_test(damaged_weights_are_refused),
          cmocka_unit_test(masked_weights_are_refused))
