/*
test_heat_map.c - maps of where in an image the nats are.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/data/evaluate_values.h"
#include "pixelcnn/watch/heat_map.h"
#include "pixelcnn/watch/heat_section.h"
#include "pixelcnn/watch/html_text.h"
#include "tests/labelled.h"
#include "tests/refused.h"
#include "tests/training.h"

static run_result r;

static void run(const char *command) { run_to_status(&r, 0, command); }

static double brightness(const unsigned char *colour) { return .3 * colour[0] + .59 * colour[1] + .11 * colour[2]; }

/* Each step is brighter, and the ends are clamped. */
static void heat_grows_brighter(void **state)
{
    (void)state;
    unsigned char before[3], now[3];
    heat_colour(-1, before);
    assert_true(before[0] == 0 && before[1] == 0 && before[2] == 0);
    for (int i = 1; i <= 100; ++i) {
        heat_colour(i / 100., now);
        assert_true(brightness(now) > brightness(before));
        memcpy(before, now, 3);
    }
    heat_colour(7, now);
    assert_memory_equal(now, before, 3);
}

/* Row i of a picture must start with image i and its map. Returns how many pixels are not black. */
static int shows_image(const unsigned char *map, int width, int i, const double *nats)
{
    unsigned char colour[3];
    int bright = 0;
    for (int p = 0; p < VALUES; ++p) {
        const unsigned char *pixel = map + 3 * ((size_t)(i * (HEIGHT + 2) + p / WIDTH) * width + p % WIDTH);
        for (int k = 0; k < 3; ++k) assert_int_equal(pixel[k], as_drawn(labelled_net()->pixels[i][p]));
        heat_colour(nats[p] / log(LEVELS), colour);
        pixel += 3 * (WIDTH + 2);
        for (int k = 0; k < 3; ++k) assert_true(abs(pixel[k] - colour[k]) <= 1);
        bright += brightness(colour) > 0;
    }
    return bright;
}

static void maps_show_the_nats(void **state)
{
    (void)state;
    int w, h;
    double nats[VALUES];
    const labelled *l = labelled_net();
    need_world();
    set_net_variables();
    run("$DARKNET pixelcnn score $NET $SHADES -limit 2 -heat $SCRATCH/heat.png -scale 1 -n 5");
    unsigned char *map = read_png(scratch("heat.png"), 3, &w, &h);
    network *net = parse_pixelcnn_cfg(l->cfg, (net_overrides){.batch = 1});
    load_weights(net, (char *)l->weights);
    dataset d = load_dataset(l->data, SPLIT_TEST, net);
    for (int i = 0; i < 2; ++i) {
        evaluate_values(net, &d, i, 1, nats);
        assert_true(shows_image(map, w, i, nats) > VALUES / 2);
    }
    free_dataset(&d);
    free_network(net);
    free(map);
    run("$DARKNET pixelcnn score $NET docs/hole.png docs/hole.png -heat $SCRATCH/heat.png");
    free(read_png(scratch("heat.png"), 3, &w, &h));
    assert_in_range(w, 330, 700);
    refused("echo nothing >$BAD;", "pixelcnn score $BAD $WEIGHTS $DATA -heat $OUT/none/x.png",
            "none/x.png: cannot create");
    refused(0, "pixelcnn score $CFG $WEIGHTS $DATA -heat $OUT/x.png -csv $OUT/x.png",
            "is the same file as that of -csv");
    report();
}

/* ---- in the report ---- */

/* The maps that its page must show: of the four held-out images, under the final weights. Free them. */
static char *expected_maps(const char *folder)
{
    char file[300], *text;
    size_t n, bytes;
    snprintf(file, sizeof file, "%s/tiny_final.weights", folder);
    network *net = tiny_net();
    load_weights(net, file);
    dataset d = load_dataset(tiny_data(), SPLIT_TRAIN, net);
    double *nats = checked_calloc(4 * net->truths, sizeof *nats);
    evaluate_values(net, &d, 36, 4, nats);
    picture p = draw_heat_pairs(net, &d, (heat_request){.first = 36, .n = 4}, nats);
    free(nats);
    unsigned char *png = png_of_picture(p, &bytes);
    FILE *to = open_memstream(&text, &n);
    put_data_uri(to, png, bytes);
    fclose(to);
    free(png);
    free((void *)p.bytes);
    free_dataset(&d);
    free_network(net);
    return text;
}

static void a_report_shows_maps_of_held_out_images(void **state)
{
    (void)state;
    char folder[256], file[300];
    strcpy(folder, fresh_folder("mapped"));
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), tiny_cfg(), tiny_data(), folder);
    if (r.status) fail_msg("%s", r.err);
    snprintf(file, sizeof file, "%s/tiny.html", folder);
    char *page = read_whole(file, 0), *maps = expected_maps(folder);
    assert_non_null(strstr(page, maps));
    static const char *const words[] = {"<h2>Where the nats are</h2>",
                                        "4 of the held-out images, each beside its map after iteration 24.",
                                        "linear-gradient(90deg, rgb(0, 0, 0), rgb(58, 20, 112), ",
                                        ", rgb(255, 255, 232))", "</span> 1.39 nats per pixel or more (log 4)</p>"};
    for (int i = 0; i < COUNT(words); ++i)
        if (!strstr(page, words[i])) fail_msg("the page has no '%s'", words[i]);
    free(maps);
    free(page);
}

/* Six at most, fewer of large images, none of none. */
static void few_images_have_maps(void **state)
{
    (void)state;
    network *net = tiny_net();
    dataset d = load_dataset(tiny_data(), SPLIT_TRAIN, net);
    heat_section s = {0};
    draw_heat_section(&s, net, &d, d.n, 0);
    assert_null(s.png);
    draw_heat_section(&s, net, &d, 10, 30);
    assert_int_equal(s.images, 6);
    draw_heat_section(&s, net, &d, 38, 2);
    assert_int_equal(s.images, 2);
    free_heat_section(&s);
    free_dataset(&d);
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(heat_grows_brighter), cmocka_unit_test(maps_show_the_nats),
          cmocka_unit_test(a_report_shows_maps_of_held_out_images), cmocka_unit_test(few_images_have_maps))
