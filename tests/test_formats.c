/*
test_formats.c - data sets in CIFAR-10's format and with label vectors: what is read, and what is refused.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "layers/label_embed_layer.h"
#include "tests/formats.h"

static run_result r;

/* ---- CIFAR-10 ---- */

/* n records; byte k of image i is 7i + k, its label i % labels. */
static void write_batch(const char *path, int n, int labels)
{
    unsigned char *x = checked_calloc(n, 3073);
    for (int i = 0; i < n; ++i) {
        x[3073 * i] = i % labels;
        for (int k = 0; k < 3072; ++k) x[3073 * i + 1 + k] = 7 * i + k;
    }
    write_file(path, x, 3073 * n);
    free(x);
}

static const char *make_cifar(const char *name, int labels)
{
    const char *folder = make_folder(name, "");
    char file[32];
    for (int b = 1; b <= 5; ++b) {
        snprintf(file, sizeof file, "data_batch_%d.bin", b);
        write_batch(in(folder, file), b, labels);
    }
    write_batch(in(folder, "test_batch.bin"), 4, labels);
    return folder;
}

static void cifar_batches_are_read(void **state)
{
    (void)state;
    const char *folder = make_cifar("cifar", 3);
    network *net = make_net(3, 32, 32, 3);
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    assert_int_equal(d.n, 15);
    assert_int_equal(d.c * 10000 + d.h * 100 + d.w, 33232);
    for (int b = 1, at = 0; b <= 5; ++b)
        for (int i = 0; i < b; ++i, ++at) {
            for (int k = 0; k < 3072; ++k) assert_int_equal(d.pixels[3072 * at + k], (7 * i + k) & 255);
            assert_true(is_of_class(&d, at, i % 3));
        }
    free_dataset(&d);
    d = load_dataset(folder, SPLIT_TEST, net);
    assert_int_equal(d.n, 4);
    assert_true(is_of_class(&d, 1, 1));
    free_dataset(&d);
    data_look l = look_at_data(folder);
    assert_true(l.images == 15 && l.c == 3 && l.h == 32 && l.w == 32 && l.classes == 3 && !l.attributes);
    free_network(net);
}

static void cifar_without_labels_takes_any(void **state)
{
    (void)state;
    const char *folder = make_cifar("cifar", 5);
    network *net = make_net(3, 32, 32, 0);
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    assert_int_equal(d.n, 15);
    assert_false(has_labels(&d));
    free_dataset(&d);
    free_network(net);
}

static void bad_cifar_is_refused(void **state)
{
    (void)state;
    const char *folder = make_cifar("cifar", 3);
    network *net = make_net(3, 32, 32, 3), *grey = make_net(1, 32, 32, 3), *few = make_net(3, 32, 32, 2);
    refuses(grey, folder, SPLIT_TEST, "test_batch.bin", "images of 3 channels, 32 x 32");
    refuses(few, folder, SPLIT_TEST, "test_batch.bin", "byte 6146: label 2, the cfg has classes=2");
    assert_int_equal(truncate(in(folder, "data_batch_3.bin"), 2 * 3073 + 5), 0);
    refuses(net, folder, SPLIT_TRAIN, "data_batch_3.bin", "6151 bytes: not a multiple of 3073");
    assert_int_equal(truncate(in(folder, "data_batch_3.bin"), 0), 0);
    refuses(net, folder, SPLIT_TRAIN, "data_batch_3.bin", "0 bytes");
    remove(in(folder, "data_batch_3.bin"));
    refuses(net, folder, SPLIT_TRAIN, "data_batch_3.bin", "No such file");
    mkdir(in(folder, "data_batch_3.bin"), 0777);
    refuses(net, folder, SPLIT_TRAIN, "data_batch_3.bin", "not a regular file");
    free_network(net);
    free_network(grey);
    free_network(few);
}

/* ---- label vectors ---- */

static void write_vectors(const char *path, int n, int classes, const float *t)
{
    unsigned char x[1024] = {0, 0, 0x0D, 2, 0, 0, 0, n, 0, 0, 0, classes};
    for (int i = 0; i < n * classes; ++i) {
        uint32_t bits;
        memcpy(&bits, t + i, 4);
        for (int k = 0; k < 4; ++k) x[12 + 4 * i + k] = bits >> (24 - 8 * k);
    }
    write_file(path, x, 12 + 4 * n * classes);
}

static const float vectors[] = {.5, -2, 1e-3, 0, 3, 1, 7, 8.25};

static network *attributes_net(int c, int h, int w)
{
    network *net = make_net(c, h, w, 2);
    label_of(net)->attributes = 1;
    return net;
}

static void vectors_label_any_format(void **state)
{
    (void)state;
    network *grey = attributes_net(1, 4, 5), *colour = attributes_net(3, 32, 32), *classes = make_net(1, 4, 5, 2);
    const char *folders[] = {make_folder("attributes", ""), make_pictures("pictures", 2), make_cifar("cifar", 3)};
    make_toy_data(folders[0], (toy_data){.n = 4, .c = 1, .h = 4, .w = 5, .classes = 2, .seed = 1});
    remove(in(folders[0], "train-labels-idx1-ubyte"));
    remove(in(folders[0], "t10k-labels-idx1-ubyte"));
    for (int i = 0; i < 3; ++i) {
        write_vectors(in(folders[i], "train-labels-idx2-float"), 4, 2, vectors);
        write_vectors(in(folders[i], "t10k-labels-idx2-float"), 4, 2, vectors);
        run_command(&r, "gzip %s", in(folders[i], "t10k-labels-idx2-float"));
        dataset d = load_dataset(folders[i], SPLIT_TEST, i < 2 ? grey : colour);
        assert_int_equal(d.n, 4);
        assert_int_equal(d.classes, 2);
        assert_memory_equal(d.labels, vectors, sizeof vectors);
        for (int k = 0; i == 1 && k < 4; ++k) assert_int_equal(d.pixels[20 * k], (k < 2 ? 10 : 100) + k % 2);
        free_dataset(&d);
    }
    refuses(classes, folders[0], SPLIT_TEST, "t10k-labels-idx2-float.gz",
            "contains label vectors; set attributes=1 in [label_embed]");
    refuses(classes, folders[1], SPLIT_TEST, "t10k-labels-idx2-float.gz",
            "contains label vectors; set attributes=1 in [label_embed]");
    refuses(grey, make_pictures("classes", 10), SPLIT_TRAIN, "", "attributes=1 in [label_embed] needs label vectors");
    free_network(classes);
    free_network(grey);
    free_network(colour);
}

static void bad_vectors_are_refused(void **state)
{
    (void)state;
    network *net = attributes_net(1, 4, 5), *plain = make_net(1, 4, 5, 0);
    const char *folder = make_folder("attributes", ""), *name = "train-labels-idx2-float";
    make_toy_data(folder, (toy_data){.n = 4, .c = 1, .h = 4, .w = 5, .classes = 2, .seed = 1});
    write_vectors(in(folder, name), 4, 2, vectors);
    refuses(net, folder, SPLIT_TRAIN, name, "train-labels-idx1-ubyte to use these vectors");
    refuses(net, folder, SPLIT_TEST, "", "no t10k-labels-idx2-float or .gz in it beside");
    dataset d = load_dataset(folder, SPLIT_TRAIN, plain);
    assert_false(has_labels(&d));
    free_dataset(&d);
    remove(in(folder, "train-labels-idx1-ubyte"));
    write_vectors(in(folder, name), 3, 2, vectors);
    refuses(net, folder, SPLIT_TRAIN, name, "3 labels for 4 images");
    write_vectors(in(folder, name), 4, 1, vectors);
    refuses(net, folder, SPLIT_TRAIN, name, "labels of 1 float, the cfg has classes=2");
    float bad[8] = {0, 0, 0, NAN};
    write_vectors(in(folder, name), 4, 2, bad);
    refuses(net, folder, SPLIT_TRAIN, name, "byte 24: label 1 contains");
    bad[3] = -INFINITY;
    write_vectors(in(folder, name), 4, 2, bad);
    refuses(net, folder, SPLIT_TRAIN, name, "byte 24: label 1 contains -inf");
    assert_int_equal(truncate(in(folder, name), 40), 0);
    refuses(net, folder, SPLIT_TRAIN, name, "truncated");
    free_network(net);
    free_network(plain);
}

/* ---- commands ---- */

static void an_unknown_folder_is_refused_with_what_was_expected(void **state)
{
    (void)state;
    network *net = make_net(1, 4, 5, 2);
    const char *folder = make_folder("nothing", "a/b");
    add_text(folder, "a/notes.txt");
    const char *says = "no folders of .png or .jpg images, no test_images.npy or .npz, no test_batch.bin, no "
                       "t10k-images-idx3-ubyte or .gz in it";
    refuses(net, folder, SPLIT_TEST, "", says);
    refuses(net, scratch("missing"), SPLIT_TEST, "", "cannot open: No such file");
    free_network(net);
}

static void train_and_eval_take_images(void **state)
{
    (void)state;
    free_network(make_net(1, 4, 5, 2)); // leaves net.cfg
    const char *cfg = scratch("net.cfg"), *folder = make_pictures("pictures", 6), *backup = scratch("backup");
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), cfg, folder, backup);
    if (r.status) fail_msg("%s", r.err);
    run_command(&r, "%s pixelcnn eval %s %s/net_final.weights %s", darknet(), cfg, backup, folder);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "images 12\n"));
    add_text(folder, "test/b/00.png");
    run_command(&r, "%s pixelcnn eval %s %s/net_final.weights %s", darknet(), cfg, backup, folder);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "test/b/00.png: broken image"));
}

TEST_MAIN(cmocka_unit_test(cifar_batches_are_read), cmocka_unit_test(cifar_without_labels_takes_any),
          cmocka_unit_test(bad_cifar_is_refused), cmocka_unit_test(vectors_label_any_format),
          cmocka_unit_test(bad_vectors_are_refused),
          cmocka_unit_test(an_unknown_folder_is_refused_with_what_was_expected),
          cmocka_unit_test(train_and_eval_take_images))
