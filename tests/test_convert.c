/*
test_convert.c - pixelcnn convert: data of each format become IDX files that load to the same images and
labels.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "pixelcnn/net/class_names.h"
#include "tests/formats.h"
#include "tests/refused.h"
#include "tests/training.h"

static run_result r;

/* Converts into the folder scratch(name), which is returned. */
static const char *convert(const char *data, const char *name, const char *options)
{
    static char folder[256];
    strcpy(folder, scratch(name));
    run_command(&r, "rm -rf %s; %s pixelcnn convert %s %s %s", folder, darknet(), data, folder, options);
    if (r.status) print_error("%s%s", r.out, r.err);
    assert_int_equal(r.status, 0);
    return folder;
}

static void compare(const network *net, const char *a, const char *b, data_split which)
{
    dataset x = load_dataset(a, which, net), y = load_dataset(b, which, net);
    size_t bytes = (size_t)x.n * x.c * x.h * x.w;
    float from[64], to[64];
    assert_int_equal(x.n, y.n);
    unsigned char *images = checked_malloc(bytes);
    memcpy(images, all_images(&x), bytes);
    assert_memory_equal(images, all_images(&y), bytes);
    assert_int_equal(has_labels(&x), has_labels(&y));
    for (int i = 0; has_labels(&x) && i < x.n; ++i) {
        read_label(&x, i, from);
        read_label(&y, i, to);
        assert_memory_equal(from, to, x.classes * sizeof(float));
    }
    for (int k = 0; x.class_names && k < x.classes; ++k) assert_string_equal(x.class_names[k], y.class_names[k]);
    assert_true(y.image_file && !y.pixels);
    free(images);
    free_dataset(&x);
    free_dataset(&y);
}

static void gzipped_and_raw_idx(void **state)
{
    (void)state;
    network *net = make_net(1, 4, 5, 3), *colour = make_net(3, 4, 5, 2);
    const char *folder = make_toy_data(scratch("idx"),
                                       (toy_data){.n = 7, .c = 1, .h = 4, .w = 5, .classes = 3, .seed = 1});
    write_text(in(folder, "classes.names"), "ape\nbee\ncat\n");
    run_command(&r, "gzip %s/t10k-*", folder);
    const char *to = convert(folder, "idx_to", "");
    must_hold(r.out, ": 7 training and 7 test images of 5 x 4 x 1, 3 classes with names");
    compare(net, folder, to, SPLIT_TRAIN);
    compare(net, folder, to, SPLIT_TEST);
    folder = make_toy_data(scratch("idx4"), (toy_data){.n = 7, .c = 3, .h = 4, .w = 5, .classes = 2, .seed = 1});
    to = convert(folder, "idx4_to", "-json");
    assert_true(number_in(r.out, "training_images") == 7 && number_in(r.out, "channels") == 3);
    compare(colour, folder, to, SPLIT_TRAIN);
    free_network(net);
    free_network(colour);
}

/* Three batches, of which the second has two images. */
static void cifar_batches(void **state)
{
    (void)state;
    network *net = make_net(3, 32, 32, 4);
    const char *folder = make_folder("cifar", "");
    unsigned char records[2 * 3073];
    char name[32];
    for (int b = 0; b <= 5; ++b) {
        for (int i = 0; i < 2 * 3073; ++i) records[i] = i % 3073 ? 7 * b + i : (b + i) % 4;
        snprintf(name, sizeof name, b ? "data_batch_%d.bin" : "test_batch.bin", b);
        write_file(in(folder, name), records, b == 2 ? 2 * 3073 : 3073);
    }
    const char *to = convert(folder, "cifar_to", "");
    compare(net, folder, to, SPLIT_TRAIN);
    compare(net, folder, to, SPLIT_TEST);
    free_network(net);
}

/* An archive that sample writes has a test set only. */
static void numpy_arrays(void **state)
{
    (void)state;
    network *net = make_net(3, 4, 5, 2), *plain = make_net(3, 4, 5, 0);
    unsigned char pixels[6 * 60];
    float labels[12];
    for (int i = 0; i < 360; ++i) pixels[i] = 3 * i;
    for (int i = 0; i < 12; ++i) labels[i] = i % 2 == (i / 2 % 3 == 0);
    npy_images x = {6, 3, 4, 5, pixels, labels, label_of(net)};
    write_npy_images(scratch("a.npz"), &x);
    const char *to = convert(scratch("a.npz"), "npz_to", "");
    must_hold(r.out, ": 0 training and 6 test images of 5 x 4 x 3, 2 classes");
    compare(net, scratch("a.npz"), to, SPLIT_TEST);
    const char *folder = make_folder("npy", "");
    write_npy_images(in(folder, "x_train.npy"), &x);
    to = convert(folder, "npy_to", "");
    compare(plain, folder, to, SPLIT_TRAIN);
    free_network(net);
    free_network(plain);
}

/* Sizes, colours and classes that are mixed evenly. */
static const char *make_pets(void)
{
    const char *folder = make_folder("pets", "train/2 train/10 test/2 test/10");
    char file[64];
    for (int i = 0; i < 24; ++i) {
        unsigned char x[6 * 9 * 3];
        int test = i >= 18, w = 4 + i % 6;
        for (int k = 0; k < 6 * w * 3; ++k) x[k] = 11 * i + 5 * k;
        snprintf(file, sizeof file, "%s/%d/%02d.png", test ? "test" : "train", i % 3 ? 2 : 10, i);
        add_picture(folder, file, 3, 6, w, x);
    }
    return folder;
}

static void pictures_in_the_shape_of_a_cfg(void **state)
{
    (void)state;
    char options[512], cfg[512];
    network *net = make_net(1, 6, 5, 2);
    const char *folder = make_pets();
    strcpy(cfg, scratch("pets.cfg"));
    run_command(&r, "sed '1a fit=crop' %s >%s", scratch("net.cfg"), cfg);
    network *crop = parse_pixelcnn_cfg(cfg, (net_overrides){0});
    snprintf(options, sizeof options, "-cfg %s", cfg);
    const char *to = convert(folder, "pets_to", options);
    must_hold(r.out, ": 18 training and 6 test images of 5 x 6 x 1, 2 classes with names");
    compare(crop, folder, to, SPLIT_TRAIN);
    compare(crop, folder, to, SPLIT_TEST);
    to = convert(folder, "pets_stretched", "-width 5 -height 6 -channels 1");
    compare(net, folder, to, SPLIT_TRAIN);
    free_network(net);
    free_network(crop);
}

static void attributes_beside_pictures(void **state)
{
    (void)state;
    const char *folder = make_pictures("attributes", 3);
    unsigned char vectors[12 + 6 * 2 * 4] = {0, 0, 0x0D, 2, 0, 0, 0, 6, 0, 0, 0, 2};
    for (int i = 0; i < 12; ++i) vectors[12 + 4 * i] = 0x3f, vectors[13 + 4 * i] = i;
    write_file(in(folder, "train-labels-idx2-float"), vectors, sizeof vectors);
    write_file(in(folder, "t10k-labels-idx2-float"), vectors, sizeof vectors);
    network *net = net_of_text("[net]\nheight=4\nwidth=5\n[label_embed]\nclasses=2\nattributes=1\nsize=2\n"
                               "[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=2\nmask=a\n[convolutional]\nsize=1\n"
                               "filters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n",
                               1);
    const char *to = convert(folder, "attributes_to", "-channels 1");
    must_hold(r.out, ": 6 training and 6 test images of 5 x 4 x 1, 2 attributes");
    compare(net, folder, to, SPLIT_TRAIN);
    compare(net, folder, to, SPLIT_TEST);
    free_network(net);
}

/* The training that the source gives, to the bit. */
static void training_is_the_same(void **state)
{
    (void)state;
    char cfg[512], folder[256];
    network *net = make_net(1, 6, 5, 2);
    strcpy(folder, make_pets());
    strcpy(cfg, scratch("pets.cfg"));
    run_command(&r, "sed 's/max_batches=2/max_batches=20/' %s >%s", scratch("net.cfg"), cfg);
    const char *to = convert(folder, "pets_train", "-width 5 -height 6 -channels 1"), *b = scratch("train_b");
    run_command(&r,
                "%1$s pixelcnn train %2$s %3$s -backup %5$s/a -report none && "
                "%1$s pixelcnn train %2$s %4$s -backup %5$s/b -report none && "
                "cmp %5$s/a/pets_final.weights %5$s/b/pets_final.weights",
                darknet(), cfg, folder, to, b);
    if (r.status) print_error("%s%s", r.out, r.err);
    assert_int_equal(r.status, 0);
    free_network(net);
}

static void what_cannot_be_converted_is_refused(void **state)
{
    (void)state;
    need_world();
    shell("rm -rf $SCRATCH/pets; mkdir -p $SCRATCH/pets/a $SCRATCH/pets/b; cp docs/hole.png $SCRATCH/pets/a/1.png; "
          "for i in 1 2 3 4 5 6 7 8 9; do cp docs/digits.png $SCRATCH/pets/b/$i.png; done");
    refused(0, "pixelcnn convert $DATA", "DIR is missing");
    refused(0, "pixelcnn convert $DATA $DATA", "would write into DATA; choose another folder");
    refused("cp -r $DATA $SCRATCH/full-folder;", "pixelcnn convert $FEW $SCRATCH/full-folder",
            "has IDX files of a data set");
    refused(0, "pixelcnn convert $DATA $OUT/x -width 7", "arrays keep their shape; -cfg, -width, -height");
    refused(0, "pixelcnn convert $SCRATCH/pets $OUT/x",
            "pictures of & pixels (width x height): give -width N -height N");
    refused(0, "pixelcnn convert $SCRATCH/pets $OUT/x -cfg $CFG -fit crop", "omit those options");
    refused(0, "pixelcnn convert $SCRATCH/pets $OUT/x -fit corp",
            "-fit corp: expected stretch|crop; did you mean crop?");
    refused("head -c 300 docs/digits.png >$SCRATCH/pets/b/9.png;",
            "pixelcnn convert $SCRATCH/pets $OUT/x -width 5 -height 6", "9.png: ");
    refused(SMALL_DISK, "pixelcnn convert data/mnist $OUT/x", "images-idx3-ubyte: cannot write: File too large");
    refused("cp -r $DATA $BAD_DATA; truncate -s -1 $BAD_DATA/train-images-idx3-ubyte;",
            "pixelcnn convert $BAD_DATA $OUT/x", "train-images-idx3-ubyte: & truncated");
    refused(0, "pixelcnn convert $DATA $FULL/x", "cannot create the folder");
    report();
}

/* Of 100 MB of zeros. */
static void memory_does_not_grow_with_the_data(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    const char *folder = make_folder("packed", ""), *file = in(folder, "train-images-idx3-ubyte");
    unsigned char head[16] = {0, 0, 8, 3, 0, 2, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28};
    write_file(file, head, sizeof head);
    run_command(&r, "truncate -s %d %s && gzip -1 %s", 16 + 0x20000 * 784, file, file);
    assert_int_equal(r.status, 0);
    run_command(&r, "ulimit -v 130000; %s pixelcnn convert %s %s", darknet(), folder, scratch("unpacked"));
    if (r.status) print_error("%s", r.err);
    assert_int_equal(r.status, 0);
    run_command(&r, "rm -r %s %s", folder, scratch("unpacked"));
}

TEST_MAIN(cmocka_unit_test(gzipped_and_raw_idx), cmocka_unit_test(cifar_batches), cmocka_unit_test(numpy_arrays),
          cmocka_unit_test(pictures_in_the_shape_of_a_cfg), cmocka_unit_test(attributes_beside_pictures),
          cmocka_unit_test(training_is_the_same), cmocka_unit_test(what_cannot_be_converted_is_refused),
          cmocka_unit_test(memory_does_not_grow_with_the_data))
