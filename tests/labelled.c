/*
labelled.c - what the tests of the commands that use a net share. See labelled.h.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/random.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "tests/labelled.h"
#include "tests/picture_files.h"

static const char cfg_text[] =
    "[net]\nbatch=10\nheight=6\nwidth=5\nadam=1\nlearning_rate=0.01\nmax_batches=300\n"
    "[label_embed]\nclasses=3\nsize=4\ndropout=0.1\n[gated_vstack]\nfilters=8\n[gated_hstack]\nfilters=8\nmask=a\n"
    "[gated_vstack]\nfilters=8\n[gated_hstack]\nfilters=8\n[skip_sum]\nfilters=8\nactivation=relu\n"
    "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n";

/* ---- data ---- */

static void write_idx(const char *folder, const char *name, int ndims, const int *dims, const unsigned char *x)
{
    char path[512];
    unsigned char head[16] = {0, 0, 8, ndims};
    size_t items = 1;
    for (int i = 0; i < ndims; ++i) {
        for (int b = 0; b < 4; ++b) head[4 + 4 * i + b] = dims[i] >> (24 - 8 * b);
        items *= dims[i];
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(head, 1, 4 + 4 * ndims, f), 4 + 4 * ndims);
    assert_int_equal(fwrite(x, 1, items, f), items);
    assert_int_equal(fclose(f), 0);
}

static void write_split(const char *folder, const char *name, int n, const unsigned char *x,
                        const unsigned char *labels)
{
    char file[64];
    mkdir(folder, 0777);
    snprintf(file, sizeof file, "%s-images-idx3-ubyte", name);
    write_idx(folder, file, 3, (int[]){n, HEIGHT, WIDTH}, x);
    snprintf(file, sizeof file, "%s-labels-idx1-ubyte", name);
    write_idx(folder, file, 1, &n, labels);
}

void write_test_set(const char *folder, int n, const unsigned char *pixels, const unsigned char *labels)
{
    write_split(folder, "t10k", n, pixels, labels);
}

/* Each pixel's level is the class or one more, at random; one pixel in N has any level. A net needs no
   position to learn that, and nothing but the label. */
static void make_images(int n, int noise, int seed, unsigned char (*pixels)[VALUES], unsigned char *labels)
{
    for (int i = 0; i < n; ++i) {
        labels[i] = i % CLASSES;
        for (int p = 0; p < VALUES; ++p) {
            uint32_t bits = random_bits(seed, STREAM_SAMPLE, i, p), rest = bits / noise;
            pixels[i][p] = bits % noise ? 64 * labels[i] + rest % 128 : rest % 256;
        }
    }
}

static void write_train_set(const char *folder)
{
    enum { N = 600 };
    static unsigned char pixels[N][VALUES], labels[N];
    make_images(N, 8, 1, pixels, labels);
    write_split(folder, "train", N, pixels[0], labels);
}

static void make_test_set(labelled *l)
{
    make_images(IMAGES, 16, 2, l->pixels, l->labels);
    for (int i = 0; i < IMAGES; i += 5) l->labels[i] = (l->labels[i] + 1) % CLASSES;
    write_test_set(l->data, IMAGES, l->pixels[0], l->labels);
}

const labelled *labelled_net(void)
{
    static labelled l;
    static run_result r;
    if (l.cfg[0]) return &l;
    strcpy(l.cfg, scratch("shades.cfg"));
    strcpy(l.data, scratch("shades"));
    strcpy(l.weights, scratch("shades_final.weights"));
    write_text(l.cfg, cfg_text);
    write_train_set(l.data);
    make_test_set(&l);
    run_command(&r, "%s pixelcnn train %s %s -backup %s -seed 1 -report none", darknet(), l.cfg, l.data, scratch("."));
    if (r.status) fail_msg("%s", r.err);
    return &l;
}

void set_net_variables(void)
{
    const labelled *l = labelled_net();
    char net[600];
    snprintf(net, sizeof net, "%.255s %.319s", l->cfg, l->weights);
    setenv("NET", net, 1);
    setenv("SHADES", l->data, 1);
}

/* ---- pictures ---- */

unsigned char *read_png(const char *path, int channels, int *w, int *h)
{
    int stored;
    unsigned char *x = read_png_file(path, w, h, &stored);
    assert_int_equal(stored, channels);
    return x;
}

unsigned char *read_grey_png(const char *path, int *w, int *h) { return read_png(path, 1, w, h); }

void write_grey_png(const char *path, int w, int h, const unsigned char *x)
{
    write_png_file(path, (picture_file){.w = w, .h = h, .channels = 1}, x);
}

unsigned char *sheet_pixel(unsigned char *sheet, int width, int y, int x, int r, int c)
{
    return sheet + (size_t)(y * (HEIGHT + 2) + r) * width + x * (WIDTH + 2) + c;
}

int as_drawn(int value) { return byte_of_level(level_of_byte(value, LEVELS), LEVELS); }

const char *picture_of(int i)
{
    const char *path = scratch("house.png");
    write_grey_png(path, WIDTH, HEIGHT, labelled_net()->pixels[i]);
    return path;
}

unsigned char *draw_sheet(run_result *r, const char *command, const char *input, const char *options, int *w)
{
    const labelled *l = labelled_net();
    const char *png = scratch("drawn.png");
    int h;
    run_command(r, "%s pixelcnn %s %s %s %s -scale 1 -out %s %s", darknet(), command, l->cfg, l->weights, input, png,
                options);
    if (r->status) fail_msg("%s %s: %s", command, options, r->err);
    return read_grey_png(png, w, &h);
}
