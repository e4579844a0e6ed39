/*
test_binarise.c - random binarisation: its frequencies, what it depends on, and what the commands draw.
*/
#include <math.h>
#include <string.h>
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/distort.h"
#include "tests/support.h"

enum { SIDE = 16, VALUES = SIDE * SIDE, ROWS = 200 };

#define CFG(keys, levels)                                                                                              \
    "[net]\nheight=16\nwidth=16\n" keys "[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=2\nmask=a\n[skip_sum]\n"   \
    "filters=2\n[convolutional]\nfilters=" levels "\nactivation=linear\n[pixel_softmax]\nlevels=" levels "\n"

/* Image i has the values 0, 1, ... 255, pixel after pixel. */
static dataset all_values(int n)
{
    dataset d = {.n = n, .c = 1, .h = SIDE, .w = SIDE};
    d.pixels = checked_calloc((size_t)n * VALUES, 1);
    for (int i = 0; i < n * VALUES; ++i) d.pixels[i] = i % VALUES;
    return d;
}

/* Images 0 .. 3 as they are read. */
static unsigned char *four_images(const dataset *d, unsigned char to[4 * VALUES])
{
    read_images(d, 0, 4, to);
    return to;
}

/* Over many draws a value v is white in v / 255 of them: never 0, always 255. Five standard errors are
   allowed. */
static void white_as_often_as_the_value_says(void **state)
{
    (void)state;
    network *net = net_of_text(CFG("binarise=bernoulli\n", "2"), 0);
    dataset d = all_values(1);
    float input[VALUES], truth[VALUES];
    int white[VALUES] = {0};
    for (int place = 0; place < ROWS; ++place) {
        fill_training_row(&d, net, (training_image){0, 5, place}, input, truth);
        for (int k = 0; k < VALUES; ++k) {
            assert_true(truth[k] == 0 || truth[k] == 1);
            assert_true(input[k] == truth[k]);
            white[k] += truth[k];
        }
    }
    assert_int_equal(white[0], 0);
    assert_int_equal(white[255], ROWS);
    double sum = 0;
    for (int v = 0; v < VALUES; ++v) {
        double p = v / 255.;
        assert_float_equal(white[v] / (double)ROWS, p, 5 * sqrt(p * (1 - p) / ROWS) + 1e-9);
        sum += white[v] / (double)ROWS - p;
    }
    assert_float_equal(sum / VALUES, 0, 5 * sqrt(1 / 6. / ROWS / VALUES));
    free_dataset(&d);
    free_network(net);
}

static void seed_and_place_alone_decide(void **state)
{
    (void)state;
    network *net = net_of_text(CFG("binarise=bernoulli\n", "2"), 0);
    dataset d = all_values(2);
    float input[VALUES], first[VALUES], again[VALUES];
    fill_training_row(&d, net, (training_image){0, 5, 7000000000}, input, first);
    fill_training_row(&d, net, (training_image){1, 5, 7000000000}, input, again); // another image of the same values
    assert_memory_equal(first, again, sizeof first);
    fill_training_row(&d, net, (training_image){0, 6, 7000000000}, input, again);
    assert_memory_not_equal(first, again, sizeof first);
    fill_training_row(&d, net, (training_image){0, 5, 7000000001}, input, again);
    assert_memory_not_equal(first, again, sizeof first);
    free_dataset(&d);
    free_network(net);
}

static void evaluated_images_are_drawn_once(void **state)
{
    (void)state;
    network *net = net_of_text(CFG("binarise=bernoulli\n", "2"), 0), *plain = net_of_text(CFG("", "2"), 0);
    dataset a = all_values(4), b = all_values(4), grey = all_values(4);
    unsigned char *drawn = checked_malloc(2 * 4 * VALUES), *other = drawn + 4 * VALUES;
    binarise_evaluated(&a, net, 0, 4, 1);
    binarise_evaluated(&b, net, 2, 2, 1);
    four_images(&a, drawn);
    four_images(&b, other);
    assert_memory_equal(drawn + 2 * VALUES, other + 2 * VALUES, 2 * VALUES);
    assert_memory_equal(grey.pixels, other, 2 * VALUES);
    assert_memory_not_equal(drawn, drawn + VALUES, VALUES); // each image its own draw
    for (int i = 0; i < 4; ++i) {
        read_images(&a, i, 1, other); // and whatever it is read with
        assert_memory_equal(drawn + i * VALUES, other, VALUES);
    }
    free_dataset(&b);
    b = all_values(4);
    binarise_evaluated(&b, plain, 0, 4, 1);
    assert_memory_equal(four_images(&b, other), grey.pixels, 4 * VALUES);
    binarise_evaluated(&b, net, 0, 4, 2);
    assert_memory_not_equal(drawn, four_images(&b, other), 4 * VALUES);
    free(drawn);
    free_dataset(&a);
    free_dataset(&b);
    free_dataset(&grey);
    free_network(net);
    free_network(plain);
}

/* ---- the commands ---- */

static run_result r;

static const char *result_of(const char *command)
{
    run_command(&r, "%s pixelcnn %s", darknet(), command);
    if (r.status) fail_msg("%s: %s", command, r.err);
    return r.out;
}

static void eval_states_its_draw(void **state)
{
    (void)state;
    char cfg[256], data[256], command[1024], first[512];
    snprintf(cfg, sizeof cfg, "%s", scratch("binary.cfg"));
    write_text(cfg, CFG("binarise=bernoulli\nbatch=4\nmax_batches=2\n", "2"));
    snprintf(data, sizeof data, "%s",
             make_toy_data(scratch("toy"), (toy_data){.n = 24, .c = 1, .h = SIDE, .w = SIDE, .classes = 3, .seed = 4}));
    snprintf(command, sizeof command, "train %s %s -backup %s", cfg, data, scratch("backup"));
    char weights[256];
    snprintf(weights, sizeof weights, "%s", strtok((char *)result_of(command), "\n"));
    snprintf(command, sizeof command, "eval %s %s %s -json", cfg, weights, data);
    snprintf(first, sizeof first, "%.500s", result_of(command));
    assert_string_equal(result_of(command), first);
    strcat(command, " -binarise_seed 0");
    assert_string_equal(result_of(command), first);
    command[strlen(command) - 1] = '1';
    assert_string_not_equal(result_of(command), first);
}

static void more_levels_are_refused(void **state)
{
    (void)state;
    const char *cfg = scratch("four.cfg");
    write_text(cfg, CFG("binarise=bernoulli\n", "4"));
    run_command(&r, "%s pixelcnn check %s", darknet(), cfg);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "four.cfg:4: [net] binarise"));
    assert_non_null(strstr(r.err, "levels=4"));
}

TEST_MAIN(cmocka_unit_test(white_as_often_as_the_value_says), cmocka_unit_test(seed_and_place_alone_decide),
          cmocka_unit_test(evaluated_images_are_drawn_once), cmocka_unit_test(eval_states_its_draw),
          cmocka_unit_test(more_levels_are_refused))
