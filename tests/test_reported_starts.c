/*
test_reported_starts.c - regression tests of how training starts: a checkpoint given for other data, and what
a failed run reports.
*/
#include <string.h>
#include "tests/training.h"

static run_result r;

/* The advice that a refused checkpoint gives can be followed: named, it is resumed with more images. */
static void a_checkpoint_may_be_named_for_other_data(void **state)
{
    (void)state;
    const char *folder = fresh_folder("named");
    char more[512];
    snprintf(more, sizeof more, "%s",
             make_toy_data(scratch("more"), (toy_data){.n = 70, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 9}));
    train_part(&r, folder, 2, "");
    assert_int_equal(r.status, 0);
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), tiny_cfg(), more, folder);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "-resume"));
    run_command(&r, "%s pixelcnn train %s %s -backup %s -resume %s/tiny_last.state", darknet(), tiny_cfg(), more,
                folder, folder);
    if (r.status) fail_msg("%s", r.err);
    assert_non_null(strstr(r.err, "resumed from"));
    assert_true(file_exists(scratch("named/tiny_final.weights")));
}

/* Weights that explode before the first save: no checkpoint is claimed where there is none. */
static void a_failure_does_not_claim_a_checkpoint(void **state)
{
    (void)state;
    const char *folder = fresh_folder("exploded");
    const char *cfg = scratch("explodes.cfg");
    write_text(cfg,
               "[net]\nbatch=4\nheight=6\nwidth=5\nlearning_rate=1000000\npolicy=exp\ngamma=1000000\nmax_batches=5\n"
               "[gated_vstack]\nfilters=4\n[gated_hstack]\nfilters=4\nmask=a\n[skip_sum]\nfilters=4\n"
               "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n");
    run_command(&r, "%s pixelcnn train %s %s -backup %s -save_every 0 -eval_every 1", darknet(), cfg, tiny_data(),
                folder);
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.err, "holds no checkpoint yet"));
}

TEST_MAIN(cmocka_unit_test(a_checkpoint_may_be_named_for_other_data),
          cmocka_unit_test(a_failure_does_not_claim_a_checkpoint))
