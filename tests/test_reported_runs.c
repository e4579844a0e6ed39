/*
test_reported_runs.c - regression tests of reported bugs: how training starts, and which run a checkpoint
belongs to.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>
#include "tests/training.h"

static run_result r;

/* Text that stderr must hold; all of it is shown where it does not. */
static void says(const char *text)
{
    if (!strstr(r.err, text)) fail_msg("expected: %s\n     got: %s", text, r.err);
}

static void ends_with(int status)
{
    if (r.status != status) fail_msg("status %d, expected %d: %s", r.status, status, r.err);
}

/* The tiny training with the cfg of another path, which is the tiny one edited by sed. */
static void train_edited(const char *cfg, const char *edit, const char *folder, const char *options)
{
    run_command(&r, "sed '%s' %s >%s; %s pixelcnn train %s %s -backup %s -eval_every 0 %s", edit, tiny_cfg(), cfg,
                darknet(), cfg, tiny_data(), folder, options);
}

/* Column 2, images, of the log's line of an iteration. */
static int images_at(const char *folder, int iteration)
{
    run_command(&r, "grep '^%d,' %s/tiny.csv | head -1 | cut -d, -f2", iteration, folder);
    return atoi(r.out);
}

/* ---- runs that have nothing to do, or seem to ---- */

static void finished_weights_are_trained_on(void **state)
{
    (void)state;
    char folder[256], options[300], weights[300];
    undisturbed_hash();
    strcpy(weights, scratch("undisturbed/tiny_final.weights"));
    strcpy(folder, fresh_folder("tuned"));
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), tiny_train(), weights, folder);
    ends_with(0);
    says("the 96 images that it has seen");
    assert_int_equal(images_at(folder, 1), 4);
    assert_int_equal(images_at(folder, 24), 96);
    assert_true(final_hash(folder) != undisturbed_hash());
    snprintf(options, sizeof options, "%s -clear", weights);
    uint64_t once = final_hash(folder);
    resume_training(&r, folder, options);
    ends_with(0);
    assert_true(final_hash(folder) == once); // as -clear does
}

static void what_is_finished_is_not_touched(void **state)
{
    (void)state;
    char folder[256], options[300], before[8192], expected[300];
    strcpy(folder, fresh_folder("finished"));
    resume_training(&r, folder, "");
    ends_with(0);
    run_command(&r, "ls -l --time-style=full-iso --ignore=.lock %s", folder);
    strcpy(before, r.out);
    snprintf(options, sizeof options, "-sample_every 3 -report %s/page", folder);
    resume_training(&r, folder, options);
    ends_with(0);
    says("iteration 24 of max_batches 24: already finished; raise max_batches to continue, or start over with -clear");
    snprintf(expected, sizeof expected, "%s/tiny_final.weights\n", folder);
    assert_string_equal(r.out, expected);
    resume_training(&r, folder, "-json");
    ends_with(0);
    assert_non_null(strstr(r.out, "\"iterations\": 24, \"images\": 96, "));
    assert_non_null(strstr(r.out, "\"validation_bits_per_dim\": null, "));
    run_command(&r, "ls -l --time-style=full-iso --ignore=.lock %s", folder);
    assert_string_equal(r.out, before);
    run_command(&r, "rm %s/tiny_final.weights", folder);
    resume_training(&r, folder, ""); // something is left to do
    ends_with(0);
    assert_true(final_hash(folder) == undisturbed_hash());
}

/* After a stop, the same command with the same weights resumes; with other weights it is another run. */
static void named_weights_do_not_undo_what_they_began(void **state)
{
    (void)state;
    char folder[256], whole[256], weights[300];
    undisturbed_hash();
    strcpy(weights, scratch("undisturbed/tiny_final.weights"));
    strcpy(whole, fresh_folder("tuned-whole"));
    resume_training(&r, whole, weights);
    strcpy(folder, fresh_folder("tuned-parts"));
    train_part(&r, folder, 9, weights);
    resume_training(&r, folder, weights);
    ends_with(0);
    says("resumed from");
    says("iteration 9, 36 images seen");
    assert_true(final_hash(folder) == final_hash(whole));
    resume_training(&r, folder, weights);
    says("finished");
    run_command(&r, "%s pixelcnn train %s %s/tiny_best.weights -backup %s", darknet(), tiny_train(), whole, folder);
    ends_with(0);
    says("which did not start from it");
    says("\n1, ");
}

/* ---- whose checkpoint it is ---- */

static void names_keep_all_but_the_last_suffix(void **state)
{
    (void)state;
    char folder[256], one[300], two[300], file[600];
    strcpy(folder, fresh_folder("names"));
    mkdir(folder, 0777);
    snprintf(one, sizeof one, "%s/lr0.001.cfg", folder);
    snprintf(two, sizeof two, "%s/lr0.1.cfg", folder);
    train_edited(one, "s/rate=0.01/rate=0.001/", folder, "-sample_every 24");
    ends_with(0);
    train_edited(two, "s/rate=0.01/rate=0.1/", folder, "");
    ends_with(0);
    assert_null(strstr(r.err, "resumed"));
    static const char *const files[] = {"lr0.001_final.weights", "lr0.001_last.state", "lr0.001.csv",
                                        "lr0.001_00000024.png", "lr0.1_final.weights"};
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
        snprintf(file, sizeof file, "%s/%s", folder, files[i]);
        if (!file_exists(file)) fail_msg("%s is missing", file);
    }
}

static void a_checkpoint_is_of_its_cfg(void **state)
{
    (void)state;
    char folder[256], other[300], options[600];
    strcpy(folder, fresh_folder("whose"));
    snprintf(other, sizeof other, "%s/tiny.cfg", folder);
    train_part(&r, folder, 9, "");
    ends_with(0);
    train_edited(other, "s/rate=0.01/rate=0.02/", folder, "");
    ends_with(1);
    says("belongs to a different cfg: ");
    says(tiny_cfg());
    snprintf(options, sizeof options, "-resume %s/tiny_last.state -save_every 3", folder);
    train_edited(other, "s/rate=0.01/rate=0.02/", folder, options);
    ends_with(0);
    says("learning_rate 0.01 -> 0.02");
    says("with a different text");
    resume_training(&r, folder, ""); // now it is of the other
    ends_with(1);
    strcpy(folder, fresh_folder("whose-copy"));
    snprintf(other, sizeof other, "%s/tiny.cfg", folder);
    train_part(&r, folder, 9, "");
    train_edited(other, "s/=24/=9/", folder, "");
    ends_with(0);
    says("with the same text");
    says("finished");
}

static void changes_of_the_schedule_are_reported(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("schedule"));
    train_part(&r, folder, 9, "");
    static const char steps[] = "max_batches=24\npolicy=steps\nsteps=12,20\nscales=0.5,0.1";
    rewrite_tiny_cfg("max_batches=24", steps);
    resume_training(&r, folder, "");
    rewrite_tiny_cfg(steps, "max_batches=24");
    ends_with(0);
    says("policy constant -> steps, steps none -> 12,20, scales none -> 0.5,0.1");
}

/* A checkpoint of the tiny training, resumed with data of another folder and a cfg that was changed in its
   place. */
static void resume_changed(const char *from, const char *to, const char *data)
{
    char folder[256];
    strcpy(folder, fresh_folder("changed"));
    train_part(&r, folder, 9, "");
    ends_with(0);
    rewrite_tiny_cfg(from, to);
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), tiny_cfg(), data, folder);
    rewrite_tiny_cfg(to, from);
}

static void states_know_dropout_size_and_data(void **state)
{
    (void)state;
    char data[256], options[300];
    resume_changed("dropout=0.2", "dropout=0.4", tiny_data());
    ends_with(1);
    says("belongs to a different cfg: dropout 0.2 -> 0.4;");
    strcpy(data, scratch("high"));
    make_toy_data(data, (toy_data){.n = 40, .c = 1, .h = 7, .w = 5, .classes = 3, .seed = 4});
    resume_changed("height=6", "height=7", data);
    ends_with(1);
    says("belongs to a different cfg: height 6 -> 7;");
    strcpy(data, scratch("others"));
    make_toy_data(data, (toy_data){.n = 40, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 9});
    resume_changed("max_batches=24", "max_batches=12", data);
    ends_with(1);
    says("was trained on different images or labels");
    snprintf(options, sizeof options, "%s -resume %s", data, scratch("changed/tiny_last.state"));
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), tiny_cfg(), options, scratch("changed"));
    ends_with(0);
    says("was trained on different images or labels");
}

static void a_seed_of_0_is_a_seed(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("seeded"));
    train_part(&r, folder, 9, "-seed 5");
    resume_training(&r, folder, "-seed 0");
    ends_with(1);
    says("-seed 0: the checkpoint was trained with 5");
    resume_training(&r, folder, "");
    ends_with(0);
}

/* Another machine's state: what it says of its instruction set is another word of the same length. */
static void another_instruction_set_is_reported(void **state)
{
    (void)state;
    enum { SETTINGS_MARK = 104, HEADER_HASH = 120 };
    char folder[256], file[300];
    strcpy(folder, fresh_folder("machine"));
    train_part(&r, folder, 9, "");
    snprintf(file, sizeof file, "%s/tiny_last.state", folder);
    size_t bytes;
    char *whole = read_whole(file, &bytes);
    uint64_t length, hash;
    memcpy(&length, whole + SETTINGS_MARK, sizeof length);
    char *settings = length < bytes ? whole + bytes - length : 0,
         *machine = settings ? strstr(settings, "machine ") : 0;
    if (!machine) fail_msg("%s says nothing of the machine", file);
    memset(machine + strlen("machine "), '?', 3);
    hash = XXH64(settings, length, 0);
    memcpy(whole + SETTINGS_MARK + sizeof length, &hash, sizeof hash);
    hash = XXH64(whole, HEADER_HASH, 0);
    memcpy(whole + HEADER_HASH, &hash, sizeof hash);
    write_file(file, whole, bytes);
    free(whole);
    resume_training(&r, folder, "");
    ends_with(0);
    says("machine: the checkpoint used ???");
    says("results will differ by rounding");
}

/* 58 pairs of layers, the outputs of 54 summed up: of the last one, or of the one before. */
static void write_long_list(const char *file, int last)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fprintf(f, "[net]\nheight=6\nwidth=5\nmax_batches=1\n[label_embed]\nclasses=3\n");
    for (int i = 0; i < 58; ++i)
        fprintf(f, "[gated_vstack]\nfilters=1\nsize=1\n[gated_hstack]\nfilters=1\n%s", i ? "size=1\n" : "mask=a\n");
    fprintf(f, "[skip_sum]\nfilters=1\nlayers=");
    for (int i = 0; i < 53; ++i) fprintf(f, "%d,", 2 * i + 2);
    fprintf(f, "%d\n[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n", last);
    fclose(f);
}

static void weights_of_another_wiring_are_refused(void **state)
{
    (void)state;
    char one[256], two[256], folder[256];
    strcpy(one, scratch("wired.cfg"));
    strcpy(two, scratch("rewired.cfg"));
    strcpy(folder, fresh_folder("wired"));
    write_long_list(one, 116);
    write_long_list(two, 114);
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), one, tiny_data(), folder);
    ends_with(0);
    run_command(&r, "%s pixelcnn eval %s %s/wired_final.weights %s", darknet(), one, folder, tiny_data());
    ends_with(0);
    run_command(&r, "%s pixelcnn eval %s %s/wired_final.weights %s", darknet(), two, folder, tiny_data());
    ends_with(1);
    says("belongs to a different net");
}

/* ---- where nothing was saved ---- */

static void no_checkpoint_is_promised_where_there_is_none(void **state)
{
    (void)state;
    char folder[256], expected[300];
    static const char rates[] = "max_batches=24\npolicy=steps\nsteps=1,2,3,4\nscales=1e6,1e6,1e6,1e6";
    strcpy(folder, fresh_folder("exploded"));
    rewrite_tiny_cfg("max_batches=24", rates);
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), tiny_cfg(), tiny_data(), folder);
    rewrite_tiny_cfg(rates, "max_batches=24");
    ends_with(3);
    snprintf(expected, sizeof expected, "%s holds no checkpoint yet: start over with a lower learning_rate", folder);
    says(expected);
    train_part(&r, folder, 9, "");
    rewrite_tiny_cfg("max_batches=24", rates);
    resume_training(&r, folder, "-clear -save_every 0");
    rewrite_tiny_cfg(rates, "max_batches=24");
    ends_with(3);
    says("holds only a checkpoint of an earlier run");
}

TEST_MAIN(cmocka_unit_test(finished_weights_are_trained_on), cmocka_unit_test(what_is_finished_is_not_touched),
          cmocka_unit_test(named_weights_do_not_undo_what_they_began),
          cmocka_unit_test(names_keep_all_but_the_last_suffix), cmocka_unit_test(a_checkpoint_is_of_its_cfg),
          cmocka_unit_test(changes_of_the_schedule_are_reported), cmocka_unit_test(states_know_dropout_size_and_data),
          cmocka_unit_test(a_seed_of_0_is_a_seed), cmocka_unit_test(another_instruction_set_is_reported),
          cmocka_unit_test(weights_of_another_wiring_are_refused),
          cmocka_unit_test(no_checkpoint_is_promised_where_there_is_none))
