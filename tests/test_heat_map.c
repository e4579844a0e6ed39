/*
test_heat_map.c - maps of where in an image the nats are.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/data/evaluate_values.h"
#include "pixelcnn/watch/heat_map.h"
#include "tests/labelled.h"
#include "tests/refused.h"

static run_result r;

static void run(const char *command)
{
    run_command(&r, "%s", command);
    if (r.status) fail_msg("%s: status %d: %s", command, r.status, r.err);
}

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

/* Image i beside its map at the left of row i of a picture. Returns how many pixels are not black. */
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

TEST_MAIN(cmocka_unit_test(heat_grows_brighter), cmocka_unit_test(maps_show_the_nats))
