/*
test_pictures.c - data sets of picture folders: what is read, and what is refused by name.
*/
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/formats.h"

static run_result r;

static void classes_are_folders_in_order(void **state)
{
    (void)state;
    const char *folder = make_folder("zoo", "train/Zebra train/ape train/10 train/9 train/.git train/__MACOSX test");
    static const char *const sorted[] = {"9", "10", "Zebra", "ape"};
    char file[64];
    for (int k = 0; k < 4; ++k) {
        snprintf(file, sizeof file, "train/%s/x.png", sorted[k]);
        add_flat(folder, file, 4, 5, 60 * k);
    }
    add_text(folder, "train/ape/.DS_Store");
    add_text(folder, ".hidden");
    rmdir(in(folder, "test"));
    network *net = make_net(1, 4, 5, 4);
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    assert_int_equal(d.n, 4);
    for (int i = 0; i < 4; ++i) {
        for (int k = 0; k < 20; ++k) assert_int_equal(d.pixels[20 * i + k], 60 * i);
        assert_true(is_of_class(&d, i, i));
    }
    free_dataset(&d);
    refuses(net, folder, SPLIT_TEST, "test", "No such file");
    free_network(net);
}

/* What training reports on stderr about the folder's classes. */
static void reports(const char *folder, int classes, const char *expected)
{
    network *net = make_net(1, 4, 5, classes);
    const char *path = scratch("reports");
    int before = dup(STDERR_FILENO), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(file, STDERR_FILENO);
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    dup2(before, STDERR_FILENO);
    close(before);
    close(file);
    char *text = read_whole(path, 0);
    assert_string_equal(text, expected);
    free(text);
    free_dataset(&d);
    free_network(net);
}

static void training_prints_the_numbers_of_the_classes(void **state)
{
    (void)state;
    const char *folder = make_folder("named", "circle cross");
    char file[64];
    for (int i = 0; i < 10; ++i) {
        snprintf(file, sizeof file, "%s/%d.png", i % 2 ? "circle" : "cross", i);
        add_flat(folder, file, 4, 5, 20 * i);
    }
    reports(folder, 2, "classes: 0 circle, 1 cross\n");
    reports(folder, 0, "");
    folder = make_folder("many", "");
    for (int k = 0; k < 21; ++k) {
        snprintf(file, sizeof file, "%02d", k);
        mkdir(in(folder, file), 0777);
        snprintf(file, sizeof file, "%02d/x.png", k);
        add_flat(folder, file, 4, 5, 12 * k);
    }
    char expected[1024];
    int n = snprintf(expected, sizeof expected, "classes:");
    for (int k = 0; k < 21; ++k) n += snprintf(expected + n, sizeof expected - n, "%s %d %02d", k ? "," : "", k, k);
    snprintf(expected + n, sizeof expected - n,
             "\n%s: no training image of class 9, 19: samples of them will be noise\n",
             folder); // their only images are for testing
    reports(folder, 21, expected);
}

/* Every tenth file of the sorted list is a test image; the classes alternate. */
static void undivided_folders_give_each_tenth_file(void **state)
{
    (void)state;
    const char *folder = make_folder("undivided", "a b");
    char file[64];
    for (int i = 0; i < 30; ++i) {
        snprintf(file, sizeof file, "%s/%02d.png", i < 12 ? "a" : "b", i);
        add_flat(folder, file, 4, 5, i);
    }
    network *net = make_net(1, 4, 5, 2);
    dataset test = load_dataset(folder, SPLIT_TEST, net), train = load_dataset(folder, SPLIT_TRAIN, net);
    int seen[30] = {0}, in_half = 0;
    assert_int_equal(test.n, 3);
    assert_int_equal(train.n, 27);
    for (int i = 0; i < 3; ++i) ++seen[test.pixels[20 * i]];
    assert_int_equal(seen[9] + seen[19] + seen[29], 3);
    for (int i = 0; i < 27; ++i) {
        int v = train.pixels[20 * i];
        ++seen[v];
        in_half += i < 13 && v < 12;
        assert_true(is_of_class(&train, i, v >= 12));
    }
    for (int i = 0; i < 30; ++i) assert_int_equal(seen[i], 1);
    assert_in_range(in_half, 5, 6);
    free_dataset(&test);
    free_dataset(&train);
    free_network(net);
}

static void colours_and_grey_become_the_nets(void **state)
{
    (void)state;
    const char *folder = make_folder("colours", "train test");
    static const unsigned char rgb[2 * 2 * 3] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
    static const unsigned char grey[4] = {0, 77, 200, 255}, with_alpha[8] = {9, 0, 9, 255, 8, 1, 7, 128};
    add_picture(folder, "train/1.png", 3, 2, 2, rgb);
    add_picture(folder, "train/2.PNG", 1, 2, 2, grey);
    add_picture(folder, "train/3.png", 2, 2, 2, with_alpha);
    network *one = make_net(1, 2, 2, 0), *three = make_net(3, 2, 2, 0);
    dataset g = load_dataset(folder, SPLIT_TRAIN, one), c = load_dataset(folder, SPLIT_TRAIN, three);
    static const unsigned char in_grey[] = {76, 149, 28, 255, 0, 77, 200, 255, 255, 9, 254, 131};
    static const unsigned char planes[] = {255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255};
    assert_int_equal(g.n, 3);
    assert_memory_equal(g.pixels, in_grey, sizeof in_grey);
    assert_memory_equal(c.pixels, planes, sizeof planes);
    for (int i = 0; i < 12; ++i) {
        assert_int_equal(c.pixels[12 + i], grey[i % 4]);
        assert_int_equal(c.pixels[24 + i], in_grey[8 + i % 4]); // on white
    }
    free_dataset(&g);
    free_dataset(&c);
    free_network(one);
    free_network(three);
}

static void scaling_keeps_a_constant_image(void **state)
{
    (void)state;
    const char *folder = make_folder("sizes", "train test");
    static const int sizes[][2] = {{1, 1}, {3, 40}, {7, 5}, {31, 29}, {64, 64}, {2, 3}};
    char file[64];
    for (int i = 0; i < 6; ++i) {
        snprintf(file, sizeof file, "train/%d.%s", i, i == 3 ? "jpeg" : "png");
        add_flat(folder, file, sizes[i][0], sizes[i][1], 40 + 36 * i);
    }
    unsigned char halves[16 * 16];
    for (int i = 0; i < 256; ++i) halves[i] = i % 16 < 8 ? 0 : 255;
    add_picture(folder, "train/6.png", 1, 16, 16, halves);
    network *net = make_net(1, 7, 6, 0);
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    assert_int_equal(d.n, 7);
    for (int i = 0; i < 6; ++i)
        for (int k = 0; k < 42; ++k)
            assert_in_range(d.pixels[42 * i + k], 40 + 36 * i - (i == 3), 40 + 36 * i + (i == 3));
    for (int y = 0; y < 7; ++y) assert_true(d.pixels[252 + 6 * y] < 20 && d.pixels[252 + 6 * y + 5] > 235);
    free_dataset(&d);
    free_network(net);
}

/* Whatever the length, a file that was cut is refused. */
static void broken_pictures_are_refused(void **state)
{
    (void)state;
    const char *folder = make_folder("broken", "train test");
    network *net = make_net(3, 4, 5, 0);
    unsigned char x[3 * 20];
    for (int i = 0; i < 60; ++i) x[i] = 37 * i;
    static const char *const name[] = {"train/x.png", "train/x.jpg"};
    for (int kind = 0; kind < 2; ++kind) {
        add_picture(folder, name[kind], 3, 4, 5, x);
        size_t bytes;
        char *whole = read_whole(in(folder, name[kind]), &bytes);
        for (size_t n = 0; n < bytes; n += n < 30 ? 7 : 31) {
            write_file(in(folder, name[kind]), whole, n);
            refuses(net, folder, SPLIT_TRAIN, name[kind], "broken image");
        }
        write_file(in(folder, name[kind]), whole, bytes - 1);
        refuses(net, folder, SPLIT_TRAIN, name[kind], "broken image");
        remove(in(folder, name[kind]));
        free(whole);
    }
    add_text(folder, "train/x.png");
    refuses(net, folder, SPLIT_TRAIN, "train/x.png", "broken image, or not a PNG or JPEG");
    write_text(in(folder, "train/x.png"), "GIF89a");
    refuses(net, folder, SPLIT_TRAIN, "train/x.png", "a GIF; convert it to PNG or JPEG");
    write_text(in(folder, "train/x.png"), "RIFF    WEBPVP8 ");
    refuses(net, folder, SPLIT_TRAIN, "train/x.png", "a WebP; convert it to PNG or JPEG");
    free_network(net);
}

static void what_is_no_image_of_a_class_is_refused(void **state)
{
    (void)state;
    const char *folder = make_pictures("strays", 2);
    network *net = make_net(1, 4, 5, 2), *three = make_net(1, 4, 5, 3), *plain = make_net(1, 4, 5, 0);
    refuses(three, folder, SPLIT_TEST, "test", "2 sub-folders with images: a, b, the cfg has classes=3");
    refuses(three, folder, SPLIT_TEST, "test", "set classes to that number in the cfg");
    mkdir(in(folder, "train/a/deep"), 0777);
    refuses(net, folder, SPLIT_TRAIN, "train/a/deep", "a folder inside");
    rmdir(in(folder, "train/a/deep"));
    add_flat(folder, "train/lost.png", 4, 5, 1);
    refuses(net, folder, SPLIT_TRAIN, "train/lost.png", "in no class folder");
    remove(in(folder, "train/lost.png"));
    add_flat(folder, "lost.png", 4, 5, 1);
    refuses(net, folder, SPLIT_TRAIN, "lost.png", "outside train/ and test/");
    remove(in(folder, "lost.png"));
    make_folder("strays/others", "");
    add_flat(folder, "others/lost.png", 4, 5, 1);
    refuses(net, folder, SPLIT_TRAIN, "others", "outside train/ and test/");
    run_command(&r, "rm -r %s", in(folder, "others"));
    rename(in(folder, "test/b"), in(folder, "test/c"));
    refuses(net, folder, SPLIT_TEST, "train/b", "no such class in");
    rename(in(folder, "test/c"), in(folder, "test/b"));
    mkdir(in(folder, "train/z"), 0777);
    add_flat(folder, "train/z/1.png", 4, 5, 1);
    refuses(net, folder, SPLIT_TRAIN, "train/z", "no such class in");
    rename(in(folder, "train/z"), in(folder, "test/z"));
    refuses(net, folder, SPLIT_TRAIN, "test/z", "no such class in");
    remove(in(folder, "test/z/1.png"));
    rmdir(in(folder, "test/z"));
    assert_int_equal(symlink("nowhere", in(folder, "train/b/gone.png")), 0);
    refuses(net, folder, SPLIT_TRAIN, "train/b/gone.png", "No such file");
    remove(in(folder, "train/b/gone.png"));
    assert_int_equal(mkfifo(in(folder, "train/b/pipe.png"), 0777), 0);
    refuses(net, folder, SPLIT_TRAIN, "train/b/pipe.png", "neither a file nor a folder");
    free_network(net);
    free_network(three);
    free_network(plain);
}

static void images_beside_no_folder_need_a_net_without_label(void **state)
{
    (void)state;
    const char *folder = make_folder("flat", "");
    char file[32];
    network *net = make_net(1, 4, 5, 2), *plain = make_net(1, 4, 5, 0);
    for (int i = 0; i < 10; ++i) {
        if (i == 9) refuses(plain, folder, SPLIT_TEST, "", "9 images and no train/ and test/");
        snprintf(file, sizeof file, "%d.png", i);
        add_flat(folder, file, 4, 5, 3 * i);
    }
    refuses(net, folder, SPLIT_TEST, "", "0 sub-folders with images, the cfg has classes=2");
    dataset d = load_dataset(folder, SPLIT_TEST, plain);
    assert_int_equal(d.n, 1);
    assert_int_equal(d.pixels[7], 27);
    assert_false(has_labels(&d));
    free_dataset(&d);
    free_network(net);
    free_network(plain);
}

/* More than one piece of the list of names; and a split that is empty. */
static void hundreds_of_images_are_read(void **state)
{
    (void)state;
    const char *folder = make_folder("hundreds", "train test");
    char file[32];
    network *net = make_net(1, 2, 2, 0);
    for (int i = 0; i < 300; ++i) {
        snprintf(file, sizeof file, "train/%03d.png", i);
        add_flat(folder, file, 2, 2, i % 256);
    }
    dataset d = load_dataset(folder, SPLIT_TRAIN, net);
    assert_int_equal(d.n, 300);
    for (int i = 0; i < 300; ++i) assert_int_equal(d.pixels[4 * i], i % 256);
    refuses(net, folder, SPLIT_TEST, "test", "no images in it");
    free_dataset(&d);
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(classes_are_folders_in_order), cmocka_unit_test(training_prints_the_numbers_of_the_classes),
          cmocka_unit_test(undivided_folders_give_each_tenth_file), cmocka_unit_test(colours_and_grey_become_the_nets),
          cmocka_unit_test(scaling_keeps_a_constant_image), cmocka_unit_test(broken_pictures_are_refused),
          cmocka_unit_test(what_is_no_image_of_a_class_is_refused),
          cmocka_unit_test(images_beside_no_folder_need_a_net_without_label),
          cmocka_unit_test(hundreds_of_images_are_read))
