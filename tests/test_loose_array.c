/*
test_loose_array.c - a .npy file of images in place of a data set: what the commands say of its images.
*/
#include <stdlib.h>
#include <string.h>
#include "tests/refused.h"

#define NET "$CFG $WEIGHTS"

static run_result r;

/* An array and an archive of the same five images, the latter with labels. */
static void draw_images(void)
{
    need_world();
    run_to_status(&r, 0, "$DARKNET pixelcnn sample " NET " -label 1,2 -n 5 -npy $SCRATCH/five.npy");
    run_to_status(&r, 0, "$DARKNET pixelcnn sample " NET " -label 1,2 -n 5 -npy $SCRATCH/five.npz");
}

static double number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    return atof(at + strlen(key));
}

static void an_array_scores_as_an_archive_does(void **state)
{
    (void)state;
    draw_images();
    static const char nats[] = "\"nats_per_image\": ";
    for (int all = 0; all < 2; ++all) {
        run_to_status(&r, 0,
                      all ? "$DARKNET pixelcnn score " NET " $SCRATCH/five.npz -json -label all"
                          : "$DARKNET pixelcnn score " NET " $SCRATCH/five.npz -json -label 2");
        double expected = number_after(r.out, nats);
        run_to_status(&r, 0,
                      all ? "$DARKNET pixelcnn score " NET " $SCRATCH/five.npy -json"
                          : "$DARKNET pixelcnn score " NET " $SCRATCH/five.npy -json -label 2");
        assert_true(number_after(r.out, nats) == expected);
        must_hold(r.out, "\"images\": 5 & five.npy[0]\" & five.npy[4]\"");
        if (all) must_hold(r.err, "five.npy: no labels: p(x) is the mean");
    }
    run_to_status(&r, 0, "$DARKNET pixelcnn score " NET " $SCRATCH/five.npy -limit 2");
    must_hold(r.out, "index,label,nats,bits_per_dim,file\n0,all, & five.npy[0]\n1,all, & five.npy[1]\n");
}

static void an_array_is_classified_and_completed(void **state)
{
    (void)state;
    draw_images();
    run_to_status(&r, 0, "$DARKNET pixelcnn classify " NET " $SCRATCH/five.npy -limit 3");
    must_hold(r.out, "label  probability  bits/dim  file\n & five.npy[0]\n & five.npy[2]\n");
    run_to_status(&r, 0, "$DARKNET pixelcnn complete " NET " $SCRATCH/five.npy -images 2 -n 3 -out $SCRATCH/two.png");
    must_hold(r.out, "6 images of 5 x 6");
}

static void an_array_is_compressed_without_loss(void **state)
{
    (void)state;
    draw_images();
    run_to_status(&r, 0, "$DARKNET pixelcnn compress " NET " $SCRATCH/five.npy -out $SCRATCH/five.gpc");
    run_to_status(&r, 0, "$DARKNET pixelcnn decompress " NET " $SCRATCH/five.gpc -out $SCRATCH/back.npy");
    run_to_status(&r, 0, "cmp $SCRATCH/five.npy $SCRATCH/back.npy");
}

static void what_needs_labels_refuses_it(void **state)
{
    (void)state;
    draw_images();
    static const struct {
        const char *arguments, *says;
    } bad[] = {{"eval " NET " $SCRATCH/five.npy", "five.npy: a single array; a data set is an .npz file"},
               {"train $CFG $SCRATCH/five.npy -backup $OUT/b", "five.npy: a single array; a data set is an .npz file"},
               {"score " NET " $SCRATCH/five.npy -label given", "-label given: & have no labels"},
               {"score " NET " $SCRATCH/five.npy docs/hole.png", "five.npy: an array of images must be the only"},
               {"score $PLAIN $PLAIN_WEIGHTS $SCRATCH/five.npy", "five.npy: images of 1 channel, 6 x 5"}};
    for (int i = 0; i < COUNT(bad); ++i) {
        run_command(&r, "$DARKNET pixelcnn %s", bad[i].arguments);
        must_hold(r.err, bad[i].says);
        assert_int_equal(r.status, 1);
        assert_string_equal(r.out, "");
    }
}

TEST_MAIN(cmocka_unit_test(an_array_scores_as_an_archive_does), cmocka_unit_test(an_array_is_classified_and_completed),
          cmocka_unit_test(an_array_is_compressed_without_loss), cmocka_unit_test(what_needs_labels_refuses_it))
