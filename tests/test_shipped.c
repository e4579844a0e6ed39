/*
test_shipped.c - the shipped weights: they have the likelihood that weights/ states, and draw the label that
they are given.
*/
#include <stdlib.h>
#include <string.h>
#include "tests/picture_files.h"
#include "tests/support.h"
#include "tests/training.h"

enum { PAPER = 160 }; // between the images of a sheet; no grey of 4 levels

static run_result r;

/* The folder that the script prints. Skips the test where the images of net `name` cannot be had. */
static void need_data(const char *name, const char *get_data, char data[256])
{
    run_command(&r, "%s", get_data);
    if (!r.status && sscanf(r.out, "%255s", data) == 1 && (!strstr(data, "fashion") || strstr(get_data, "fashion")))
        return;
    print_message("%s: not tested, its images cannot be had here\n", name);
    skip();
}

/* weights/NAME_500.json says what `eval` gives on the first 500 test images, of_20 what the same program
   gives on the first 20. */
static void gives_what_is_stated(const char *name, const char *get_data, double of_20)
{
    char data[256], file[256];
    int images = repeats(20, 500);
    need_data(name, get_data, data);
    snprintf(file, sizeof file, "weights/%s_500.json", name);
    char *stated = read_whole(file, 0);
    run_command(&r, "%s pixelcnn eval cfg/%s.cfg weights/%s.weights %s -limit %d -json", darknet(), name, name, data,
                images);
    if (r.status) fail_msg("%s", r.err);
    assert_int_equal(number_in(r.out, "images"), images);
    assert_float_equal(number_in(r.out, "bits_per_dim"), images == 500 ? number_in(stated, "bits_per_dim") : of_20,
                       2e-5);
    free(stated);
}

static void the_default_net_is_as_good_as_stated(void **state)
{
    (void)state;
    gives_what_is_stated("gated_pixelcnn", "scripts/get_mnist.sh", 0.178686377);
}

static void the_net_of_256_levels_is_as_good_as_stated(void **state)
{
    (void)state;
    gives_what_is_stated("mnist256", "scripts/get_mnist.sh", 0.738760877);
}

static void the_binary_net_is_as_good_as_stated(void **state)
{
    (void)state;
    gives_what_is_stated("mnist_binary", "scripts/get_mnist.sh", 0.145123065);
}

static void the_classifying_net_is_as_good_as_stated(void **state)
{
    (void)state;
    gives_what_is_stated("mnist_classify", "scripts/get_mnist.sh", 0.183486293);
}

/* Classifies the first test images by mnist_classify, with the nets that `more` adds: at most `wrong`
   errors. */
static void reads(const char *more, int wrong)
{
    char data[256];
    int images = repeats(10, 100);
    need_data("mnist_classify", "scripts/get_mnist.sh", data);
    run_command(&r, "%s pixelcnn classify cfg/mnist_classify.cfg weights/mnist_classify.weights %s %s -limit %d -json",
                darknet(), data, more, images);
    if (r.status) fail_msg("%s", r.err);
    assert_int_equal(number_in(r.out, "images"), images);
    assert_in_range(number_in(r.out, "right"), images - wrong, images);
}

/* weights/mnist_classify_labels.json: of all 10,000 it reads more than 98 in 100 right. */
static void the_classifying_net_classifies(void **state)
{
    (void)state;
    reads("", 1);
}

/* weights/mnist_classify_pool.json: 98.74 in 100, and all of the first 100. */
static void two_nets_classify_together(void **state)
{
    (void)state;
    reads("cfg/gated_pixelcnn.cfg weights/gated_pixelcnn.weights", 1);
}

static void the_fashion_net_is_as_good_as_stated(void **state)
{
    (void)state;
    gives_what_is_stated("fashion", "scripts/get_fashion.sh", 0.647298442);
}

/* CIFAR_JPEG in the environment is a folder of JPEG copies of CIFAR-10, train/CLASS/ and test/CLASS/, which
   nothing fetches. */
static void the_colour_net_is_as_good_as_stated(void **state)
{
    (void)state;
    gives_what_is_stated("cifar10_small", "echo ${CIFAR_JPEG:?}", 3.041907039);
}

/* Mean grey, 0 to 1, of 64 digits that `sample` draws with these arguments. */
static double ink_of(const char *arguments)
{
    int w, h, n;
    double sum = 0;
    const char *file = scratch("drawn.png");
    run_command(&r, "%s pixelcnn sample %s -n 64 -scale 1 -out %s", darknet(), arguments, file);
    if (r.status) fail_msg("%s", r.err);
    unsigned char *pixels = read_png_file(file, &w, &h, &n);
    assert_int_equal(n, 1);
    for (int i = 0; i < w * h; ++i) sum += pixels[i] == PAPER ? 0 : pixels[i];
    free(pixels);
    return sum / 255 / (64 * 28 * 28);
}

/* At 4 levels MNIST's ones have 0.076 of the ink that there could be, zeros 0.175, and no other digit less
   than 0.115. */
static void a_fresh_clone_draws_ones(void **state)
{
    (void)state;
    assert_in_range(1000 * ink_of("-label 1"), 55, 97);
    assert_in_range(1000 * ink_of("-label 0"), 140, 210);
}

/* Digits, not the blobs of a net that never saw an image without label: they have as much ink as MNIST's. */
static void a_label_may_be_missing(void **state)
{
    (void)state;
    assert_in_range(1000 * ink_of("-label none"), 100, 170);
    run_command(&r, "%s pixelcnn sample mnist_classify -label none -out %s", darknet(), scratch("refused.png"));
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "dropout"));
}

/* Two drawn images of each net whose weights ship, with their labels: what comes out of the compressed file
   is the same archive. */
static void each_net_compresses_without_loss(void **state)
{
    (void)state;
    char of[256];
    snprintf(of, sizeof of, "%s pixelcnn", darknet());
    setenv("PIXELCNN", of, 1);
    setenv("AT", scratch("shipped"), 1);
    run_command(
        &r, "n=0; for w in weights/*.weights; do net=$(basename $w .weights); [ -f cfg/$net.cfg ] || continue;"
            "n=$((n + 1)); $PIXELCNN sample $net -n 2 -npy $AT.npz >&2 &&"
            "$PIXELCNN compress $net $AT.npz -out $AT.gpc >&2 &&"
            "$PIXELCNN decompress $net $AT.gpc -out ${AT}2.npz >&2 && cmp $AT.npz ${AT}2.npz || exit; done; echo $n");
    if (r.status || atoi(r.out) < 6) fail_msg("%s%s", r.out, r.err);
}

/* What the README shows. Another vector unit may round a draw to the other side now and then. */
static void the_sheet_in_the_readme_is_what_is_drawn(void **state)
{
    (void)state;
    int w, h, n, w2, h2, other = 0;
    const char *file = scratch("digits.png");
    run_command(&r, "%s pixelcnn sample -label all -n 16 -scale 2 -out %s", darknet(), file);
    assert_int_equal(r.status, 0);
    unsigned char *drawn = read_png_file(file, &w, &h, &n), *shown = read_png_file("docs/digits.png", &w2, &h2, &n);
    assert_true(w == w2 && h == h2);
    for (int i = 0; i < w * h; ++i) other += drawn[i] != shown[i];
    if (other > w * h / 50) fail_msg("%d of %d pixels differ from docs/digits.png", other, w * h);
    free(drawn);
    free(shown);
}

TEST_MAIN(cmocka_unit_test(the_default_net_is_as_good_as_stated),
          cmocka_unit_test(the_net_of_256_levels_is_as_good_as_stated),
          cmocka_unit_test(the_binary_net_is_as_good_as_stated),
          cmocka_unit_test(the_classifying_net_is_as_good_as_stated), cmocka_unit_test(the_classifying_net_classifies),
          cmocka_unit_test(two_nets_classify_together), cmocka_unit_test(the_fashion_net_is_as_good_as_stated),
          cmocka_unit_test(the_colour_net_is_as_good_as_stated), cmocka_unit_test(a_label_may_be_missing),
          cmocka_unit_test(each_net_compresses_without_loss), cmocka_unit_test(a_fresh_clone_draws_ones),
          cmocka_unit_test(the_sheet_in_the_readme_is_what_is_drawn))
