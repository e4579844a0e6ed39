/*
test_npy.c - data sets of NumPy arrays: what is read back, what is refused, and what is written.
*/
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>
#include "base/byte_source.h"
#include "tests/formats.h"

enum { N = 6, H = 2, W = 3 };

/* An array file: a header of this dictionary, and items. Returns its bytes. */
static size_t make_array(char *to, int version, const char *dictionary, const void *items, size_t bytes)
{
    size_t wide = version > 1 ? 4 : 2, length = strlen(dictionary);
    memcpy(to, "\x93NUMPY", 6);
    to[6] = version;
    to[7] = 0;
    for (size_t i = 0; i < wide; ++i) to[8 + i] = length >> 8 * i;
    memcpy(to + 8 + wide, dictionary, length);
    memcpy(to + 8 + wide + length, items, bytes);
    return 8 + wide + length + bytes;
}

static void write_array(const char *path, const char *dictionary, const void *items, size_t bytes)
{
    char file[4096];
    write_file(path, file, make_array(file, 1, dictionary, items, bytes));
}

#define SHAPED(type, shape) "{'descr': '" type "', 'fortran_order': False, 'shape': " shape ", }\n"
#define GREY_IMAGES SHAPED("|u1", "(6, 2, 3)")

static unsigned char pixels[N * H * W * 3];

static void fill_pixels(void)
{
    for (size_t i = 0; i < sizeof pixels; ++i) pixels[i] = 37 * i + 5;
}

/* A folder with both splits: grey images and labels i % 3 of that type. */
static const char *make_arrays(const char *name, const char *labels, const void *label, size_t bytes)
{
    const char *folder = make_folder(name, "");
    fill_pixels();
    write_array(in(folder, "train_images.npy"), GREY_IMAGES, pixels, N * H * W);
    write_array(in(folder, "test_images.npy"), GREY_IMAGES, pixels, N * H * W);
    write_array(in(folder, "train_labels.npy"), labels, label, bytes);
    write_array(in(folder, "test_labels.npy"), labels, label, bytes);
    return folder;
}

static const unsigned char bytes_of_labels[N] = {0, 1, 2, 0, 1, 2};

static void need_grey_images(const dataset *d)
{
    assert_int_equal(d->n, N);
    assert_int_equal(d->c * 100 + d->h * 10 + d->w, 123);
    assert_memory_equal(all_images(d), pixels, N * H * W);
    for (int i = 0; i < N; ++i) assert_true(is_of_class(d, i, i % 3));
}

static void labels_of_any_integer_type_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int bytes, big;
    } types[] = {{SHAPED("|u1", "(6,)"), 1, 0}, {SHAPED("|i1", "(6, 1)"), 1, 0}, {SHAPED("<i2", "(6,)"), 2, 0},
                 {SHAPED(">i2", "(6,)"), 2, 1}, {SHAPED("<u4", "(6,)"), 4, 0},   {SHAPED(">i4", "(6,)"), 4, 1},
                 {SHAPED("<i8", "(6,)"), 8, 0}, {SHAPED(">u8", "(6, 1)"), 8, 1}};
    network *net = make_net(1, H, W, 3);
    for (size_t t = 0; t < sizeof types / sizeof *types; ++t) {
        unsigned char label[N * 8] = {0};
        for (int i = 0; i < N; ++i) label[i * types[t].bytes + (types[t].big ? types[t].bytes - 1 : 0)] = i % 3;
        dataset d = load_dataset(make_arrays("arrays", types[t].type, label, N * types[t].bytes), SPLIT_TEST, net);
        need_grey_images(&d);
        free_dataset(&d);
    }
    free_network(net);
}

static void colours_become_planes(void **state)
{
    (void)state;
    const char *folder = make_folder("rgb", "");
    fill_pixels();
    write_array(in(folder, "x_train.npy"), SHAPED("|u1", "(6, 2, 3, 3)"), pixels, sizeof pixels);
    network *net = make_net(3, H, W, 0);
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    const unsigned char *planes = all_images(&d);
    for (int i = 0; i < N; ++i)
        for (int p = 0; p < H * W; ++p)
            for (int k = 0; k < 3; ++k)
                assert_int_equal(planes[(i * 3 + k) * H * W + p], pixels[(i * H * W + p) * 3 + k]);
    free_dataset(&d);
    free_network(net);
}

static void add_member(zip_t *z, const char *name, const void *data, size_t bytes, int deflate)
{
    char *copy = checked_malloc(bytes);
    memcpy(copy, data, bytes);
    zip_int64_t i = zip_file_add(z, name, zip_source_buffer(z, copy, bytes, 1), 0);
    assert_true(i >= 0);
    zip_set_file_compression(z, i, deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
}

static const char *make_archive(const char *name, int deflate)
{
    const char *path = scratch(name);
    char file[4096];
    int code;
    fill_pixels();
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(z);
    for (int test = 0; test < 2; ++test) {
        add_member(z, test ? "x_test.npy" : "x_train.npy", file, make_array(file, 2, GREY_IMAGES, pixels, N * H * W),
                   deflate);
        add_member(z, test ? "y_test.npy" : "y_train.npy", file,
                   make_array(file, 3, SHAPED("|u1", "(6,)"), bytes_of_labels, N), deflate);
    }
    assert_int_equal(zip_close(z), 0);
    return path;
}

static void archives_are_read_stored_and_deflated(void **state)
{
    (void)state;
    network *net = make_net(1, H, W, 3);
    for (int deflate = 0; deflate < 2; ++deflate) {
        dataset d = load_dataset(make_archive("arrays.npz", deflate), SPLIT_TRAIN, net);
        need_grey_images(&d);
        free_dataset(&d);
    }
    free_network(net);
}

static void names_lie_beside_an_archive(void **state)
{
    (void)state;
    network *net = make_net(1, H, W, 3);
    const char *path = make_archive("pets.npz", 0);
    dataset d = load_dataset(path, SPLIT_TEST, net);
    assert_null(d.class_names);
    free_dataset(&d);
    write_text(scratch("pets.names"), "cat\ndog\nhen\n");
    d = load_dataset(path, SPLIT_TEST, net);
    assert_string_equal(d.class_names[2], "hen");
    free_dataset(&d);
    data_look l = look_at_data(path);
    assert_true(l.images == N && l.c == 1 && l.h == H && l.w == W && l.classes == 3 && !l.attributes && l.values > 9);
    free_network(net);
}

static void damaged_archives_are_refused(void **state)
{
    (void)state;
    network *net = make_net(1, H, W, 3);
    const char *path = make_archive("flipped.npz", 0);
    size_t bytes;
    char *file = read_whole(path, &bytes);
    char *at = memmem(file, bytes, pixels, N * H * W);
    assert_non_null(at);
    at[7] ^= 4;
    write_file(path, file, bytes);
    refuses(net, path, SPLIT_TRAIN, "", "CRC error");
    write_file(path, file, bytes / 2);
    refuses(net, path, SPLIT_TRAIN, "", "Not a zip archive");
    free(file);
    write_text(path, "text");
    refuses(net, path, SPLIT_TRAIN, "", "Not a zip archive");
    free_network(net);
}

/* Black and white. */
static void booleans_are_images(void **state)
{
    (void)state;
    unsigned char bits[N * H * W];
    for (int i = 0; i < N * H * W; ++i) bits[i] = i % 3 == 0;
    const char *folder = make_folder("bits", "");
    write_array(in(folder, "train_images.npy"), SHAPED("|b1", "(6, 2, 3)"), bits, sizeof bits);
    network *net = make_net(1, H, W, 0);
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    for (int i = 0; i < N * H * W; ++i) assert_int_equal(d.pixels[i], 255 * bits[i]);
    free_dataset(&d);
    free_network(net);
}

static void vectors_need_attributes(void **state)
{
    (void)state;
    float vectors[N * 3];
    for (int i = 0; i < N * 3; ++i) vectors[i] = i / 4.f;
    const char *folder = make_arrays("vectors", SHAPED("<f4", "(6, 3)"), vectors, sizeof vectors);
    network *net = net_of_text("[net]\nheight=2\nwidth=3\nchannels=1\n[label_embed]\nclasses=3\nattributes=1\nsize=2\n"
                               "[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=2\nmask=a\n[convolutional]\nsize=1\n"
                               "filters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n",
                               1);
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    assert_int_equal(d.classes, 3);
    assert_memory_equal(d.labels, vectors, sizeof vectors);
    free_dataset(&d);
    free_network(net);
    net = make_net(1, H, W, 3);
    refuses(net, folder, SPLIT_TRAIN, "train_labels.npy", "18 labels for 6 images");
    free_network(net);
}

typedef struct {
    const char *dictionary;
    size_t bytes;
    const char *says;
} bad_array;

static void bad_images_are_refused(void **state)
{
    (void)state;
    enum { WHOLE = N * H * W };
    static const bad_array bad[] = {
        {SHAPED("|u1", "(6, 2, 4)"), 48, "images of 1 channel, 2 x 4"},
        {SHAPED("|u1", "(6, 3, 2, 4)"), 144, "shape (6, 3, 2, 4), expected (n,H,W,C): save"},
        {SHAPED("|u1", "(36,)"), WHOLE, "1 dimension, expected (n,H,W)"},
        {SHAPED("<f4", "(6, 2, 3)"), 4 * WHOLE, "f4, expected unsigned bytes: of numbers from 0 to 1 save (255 * a)"},
        {SHAPED("<u2", "(6, 2, 3)"), 2 * WHOLE, "items of type u2, expected unsigned bytes"},
        {SHAPED("|u1", "(6, 2, 3)"), WHOLE - 1, "its shape needs"},
        {SHAPED("|u1", "(6, 2, 3)"), WHOLE + 1, "more than the 36 bytes"},
        {SHAPED("|u1", "(6, 2, 3, 1, 1)"), WHOLE, "at most 4 dimensions"},
        {SHAPED("|u1", "()"), 1, "at least 1 dimension"},
        {SHAPED("|u1", "(0, 2, 3)"), 1, "an empty array: one of its dimensions is 0"},
        {SHAPED("|u1", "(6, 6)"), WHOLE, "2 dimensions, expected (n,H,W) or (n,H,W,C): save a.reshape(-1, H, W)"},
        {SHAPED("|u1", "(6, -2, 3)"), 1, "expected a size of 1 to 2147483647"},
        {SHAPED("|u1", "(2147483647, 2147483647, 3)"), 1, "at most 64e9 items"},
        {SHAPED("|u1", "(60000000, 2, 3)"), WHOLE, "its shape needs"},
        {SHAPED("|O", "(6, 2, 3)"), WHOLE, "an array of Python objects; expected numbers"},
        {SHAPED("<U5", "(6, 2, 3)"), WHOLE, "an array of text; expected numbers: for labels save numpy.unique("},
        {SHAPED("<c8", "(6, 2, 3)"), WHOLE, "expected the type of an array"},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (6, 2, 3), }", WHOLE, "Fortran order"},
        {"{'descr': '|u1', 'fortran_order': False, }", WHOLE, "expected 'descr'"},
        {"{'descr': '|u1', 'descr': '|u1', 'shape': (6,), }", WHOLE, "each once"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (6, 2, 3), } 1", WHOLE, "nothing else"},
        {"[1]", WHOLE, "expected {"}};
    network *net = make_net(1, H, W, 0);
    const char *folder = make_folder("bad", "");
    static const unsigned char zeros[4 * WHOLE]; // of the largest
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        write_array(in(folder, "train_images.npy"), bad[i].dictionary, zeros, bad[i].bytes);
        refuses(net, folder, SPLIT_TRAIN, "train_images.npy", bad[i].says);
    }
    refuses(net, in(folder, "train_images.npy"), SPLIT_TRAIN, "",
            "a single array; a data set is an .npz file, or a folder");
    write_text(in(folder, "train_images.npy"), "NUMPY, but not the file");
    refuses(net, folder, SPLIT_TRAIN, "train_images.npy", "not an array file");
    write_file(in(folder, "train_images.npy"), "\x93NUMPY\x04\x00\x10\x00", 10);
    refuses(net, folder, SPLIT_TRAIN, "train_images.npy", "byte 6: version 4");
    write_file(in(folder, "train_images.npy"), "\x93NUMPY\x01\x00\x10\x00{", 11);
    refuses(net, folder, SPLIT_TRAIN, "train_images.npy", "truncated within the header");
    refuses(net, folder, SPLIT_TEST, "", "no array test_images, test-images or x_test");
    free_network(net);
}

static void bad_labels_are_refused(void **state)
{
    (void)state;
    network *net = make_net(1, H, W, 2);
    const char *folder = make_arrays("labels", SHAPED("|u1", "(6,)"), bytes_of_labels, N);
    refuses(net, folder, SPLIT_TRAIN, "train_labels.npy", "item 2: label 2, the cfg has classes=2");
    folder = make_arrays("labels", SHAPED("|u1", "(5,)"), bytes_of_labels, 5);
    refuses(net, folder, SPLIT_TRAIN, "train_labels.npy", "5 labels for 6 images");
    static const int64_t large[N] = {0, 1, 1ll << 40}, negative[N] = {0, -1};
    folder = make_arrays("labels", SHAPED("<i8", "(6,)"), large, sizeof large);
    refuses(net, folder, SPLIT_TRAIN, "train_labels.npy", "item 2 is 1099511627776: too large");
    folder = make_arrays("labels", SHAPED("<i8", "(6,)"), negative, sizeof negative);
    refuses(net, folder, SPLIT_TRAIN, "train_labels.npy", "item 1: label -1");
    static const float floats[N] = {0};
    folder = make_arrays("labels", SHAPED("<f4", "(6,)"), floats, sizeof floats);
    refuses(net, folder, SPLIT_TRAIN, "train_labels.npy", "items of type f4, expected integers");
    unlink(in(folder, "train_labels.npy"));
    refuses(net, folder, SPLIT_TRAIN, "", "no array train_labels, train-labels or y_train");
    free_network(net);
}

/* By `new`, which then refuses so few images. */
static void odd_labels_are_reported(void **state)
{
    (void)state;
    static const unsigned char from_1[N] = {1, 2, 3, 1, 2, 3};
    static const signed char negative[N] = {0, -1};
    static const float one_hot[N][2] = {{1, 0}, {0, 1}, {1, 0}, {1, 0}, {0, 1}, {0, 1}}, two[N][2] = {{1, 1}, {0, 1}};
    static const struct {
        const char *dictionary;
        const void *labels;
        size_t bytes;
        const char *says;
        int is_said;
    } odd[] = {{SHAPED("|u1", "(6,)"), from_1, N, "from 0, and the least label is 1: save a - 1\n", 1},
               {SHAPED("|u1", "(6,)"), bytes_of_labels, N, "the least label", 0},
               {SHAPED("|i1", "(6,)"), negative, N, "train_labels.npy: label -1: classes are numbered from 0", 1},
               {SHAPED("|u1", "(5,)"), from_1, N - 1, "train_labels.npy: 5 labels for 6 images", 1},
               {SHAPED("<f4", "(6, 2)"), one_hot, sizeof one_hot, "one-hot: for classes save a.argmax(1)\n", 1},
               {SHAPED("<f4", "(6, 2)"), two, sizeof two, "one-hot", 0}};
    static run_result r;
    for (int i = 0; i < (int)(sizeof odd / sizeof *odd); ++i) {
        const char *folder = make_arrays("odd", odd[i].dictionary, odd[i].labels, odd[i].bytes);
        run_command(&r, "%s pixelcnn new %s -out %s", darknet(), folder, scratch("odd.cfg"));
        if ((strstr(r.err, odd[i].says) != 0) != odd[i].is_said) fail_msg("%d: %s", i, r.err);
        assert_int_equal(r.status, 1);
    }
}

static void an_archive_without_images_says_what_it_has(void **state)
{
    (void)state;
    network *net = make_net(1, H, W, 0);
    const char *path = scratch("others.npz");
    int code;
    char file[4096];
    fill_pixels();
    size_t bytes = make_array(file, 1, GREY_IMAGES, pixels, N * H * W);
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(z);
    add_member(z, "images.npy", file, bytes, 0);
    add_member(z, "notes.txt", file, 1, 0);
    add_member(z, "y.npy", file, bytes, 0);
    assert_int_equal(zip_close(z), 0);
    refuses(net, path, SPLIT_TRAIN, "", "no array train_images, train-images or x_train in it; it has images, y");
    free_network(net);
}

static void written_images_are_read_back(void **state)
{
    (void)state;
    fill_pixels();
    for (int c = 1; c <= 3; c += 2) {
        const char *folder = make_folder("written", "");
        write_npy_images(in(folder, "train_images.npy"),
                         &(npy_images){.n = N, .c = c, .h = H, .w = W, .pixels = pixels});
        network *net = make_net(c, H, W, 0);
        dataset d = load_dataset(folder, SPLIT_TRAIN, net);
        assert_int_equal(d.n, N);
        assert_memory_equal(all_images(&d), pixels, N * c * H * W);
        free_dataset(&d);
        free_network(net);
    }
}

TEST_MAIN(cmocka_unit_test(labels_of_any_integer_type_are_read), cmocka_unit_test(colours_become_planes),
          cmocka_unit_test(archives_are_read_stored_and_deflated), cmocka_unit_test(names_lie_beside_an_archive),
          cmocka_unit_test(damaged_archives_are_refused), cmocka_unit_test(booleans_are_images),
          cmocka_unit_test(vectors_need_attributes), cmocka_unit_test(bad_images_are_refused),
          cmocka_unit_test(bad_labels_are_refused), cmocka_unit_test(odd_labels_are_reported),
          cmocka_unit_test(an_archive_without_images_says_what_it_has), cmocka_unit_test(written_images_are_read_back))
