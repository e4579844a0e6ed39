/*
test_resume.c - resuming: from which checkpoint, and when it is refused.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "pixelcnn/train/checkpoint.h"
#include "tests/training.h"

static run_result r;

static void a_resumed_run_is_the_same_to_the_bit(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("parts"));
    char options[300];
    snprintf(options, sizeof options, "-log %s/log.csv", folder);
    undisturbed_hash();
    train_part(&r, folder, 9, options);
    assert_int_equal(r.status, 0);
    assert_int_not_equal(final_hash(folder), undisturbed_hash());
    resume_training(&r, folder, options);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "tiny_last.weights: iteration 9, 36 images seen"));
    assert_true(final_hash(folder) == undisturbed_hash());
    run_command(&r, "cut -d, -f1 %s/log.csv | uniq | tr '\\n' ' '", folder);
    assert_string_equal(r.out, "iteration 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 ");
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0); // nothing is left to train
    assert_true(final_hash(folder) == undisturbed_hash());
}

/* Sets the number of threads of the commands that follow; 0: what it was. */
static void run_on(int threads)
{
    static char usual[16], text[16];
    const char *now = getenv("OMP_NUM_THREADS");
    if (!*usual && now) snprintf(usual, sizeof usual, "%s", now);
    snprintf(text, sizeof text, "%d", threads);
    if (threads || *usual)
        setenv("OMP_NUM_THREADS", threads ? text : usual, 1);
    else
        unsetenv("OMP_NUM_THREADS");
}

/* Also for a checkpoint of one number of threads that another number resumes. */
static void any_number_of_threads_gives_the_same_weights(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 3, 4, 8, 16};
    char folder[256];
    for (int i = 0; i < 6; ++i) {
        strcpy(folder, fresh_folder("threads"));
        run_on(threads[i]);
        train_part(&r, folder, 9, "");
        assert_int_equal(r.status, 0);
        run_on(threads[5 - i]);
        resume_training(&r, folder, "");
        run_on(0);
        assert_int_equal(r.status, 0);
        assert_null(strstr(r.err, "rounding"));
        if (final_hash(folder) != undisturbed_hash()) fail_msg("%d threads: other weights", threads[i]);
    }
}

static void a_log_continues_at_the_checkpoint(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("logged"));
    char options[300];
    snprintf(options, sizeof options, "-log %s.csv", folder);
    resume_training(&r, folder, options);
    run_command(&r,
                "cd %s && cp ../logged.csv ../whole.csv && sed -i '/^23,/,$d' ../logged.csv && printf 2,8 "
                ">>../logged.csv && mv tiny_previous.state tiny_last.state && "
                "mv tiny_previous.weights tiny_last.weights",
                folder);
    assert_int_equal(r.status, 0);
    resume_training(&r, folder, options);
    assert_non_null(strstr(r.err, "iteration 22, "));
    run_command(&r, "cut -d, -f1,2,4- %s.csv >%s.a; cut -d, -f1,2,4- %s >%s.b; cmp %s.a %s.b", folder, folder,
                scratch("whole.csv"), folder, folder, folder);
    assert_int_equal(r.status, 0);
}

static void starts_are_chosen(void **state)
{
    (void)state;
    char folder[256], options[600];
    strcpy(folder, fresh_folder("chosen"));
    resume_training(&r, folder, "");
    resume_training(&r, folder, "-resume none");
    assert_non_null(strstr(r.err, "\n1, "));
    resume_training(&r, folder, "-clear");
    assert_non_null(strstr(r.err, "\n1, "));
    snprintf(options, sizeof options, "-resume %s/tiny_previous.state", folder);
    resume_training(&r, folder, options);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "resumed from"));
    run_command(&r, "%s pixelcnn train %s %s %s/tiny_last.weights -backup %s -resume %s/tiny_last.state", darknet(),
                tiny_cfg(), tiny_data(), folder, folder, folder);
    assert_int_equal(r.status, 1);
    resume_training(&r, folder, "-seed 5");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "-seed 5"));
    rewrite_tiny_cfg("clip_norm=1", "clip_norm=2");
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "belongs to a different cfg: clip_norm 1 -> 2;"));
    rewrite_tiny_cfg("clip_norm=2", "clip_norm=1");
    rewrite_tiny_cfg("rate=0.01", "rate=0.02");
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "distortion has changed: learning_rate 0.01 -> 0.02;"));
    rewrite_tiny_cfg("rate=0.02", "rate=0.01");
    run_command(&r, "OMP_NUM_THREADS=1 %s pixelcnn train %s -backup %s", darknet(), tiny_train(), folder);
    assert_int_equal(r.status, 0);
}

static void a_second_run_in_the_folder_is_refused(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("locked"));
    assert_int_equal(mkdir(folder, 0777), 0);
    lock_backup_folder(folder, 0);
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "another training"));
    assert_null(strstr(r.err, "\n1, "));
}

static void the_previous_generation_is_used(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("generations"));
    resume_training(&r, folder, "");
    run_command(&r, "printf x | dd of=%s/tiny_last.state bs=1 seek=300 conv=notrunc", folder);
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "tiny_previous.state"));
    assert_true(final_hash(folder) == undisturbed_hash());
    run_command(&r, "rm %s/*.weights", folder);
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "its weights are missing"));
    run_command(&r, "echo something >%s/tiny_last.state; rm %s/tiny_previous.state", folder, folder);
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 1);
}

static void the_result_is_printed_as_json(void **state)
{
    (void)state;
    char folder[256], expected[600];
    strcpy(folder, fresh_folder("figures"));
    resume_training(&r, folder, "-json");
    assert_int_equal(r.status, 0);
    snprintf(expected, sizeof expected,
             "{\"weights\": \"%s/tiny_final.weights\", \"iterations\": 24, \"images\": 96, \"seconds\": ", folder);
    assert_memory_equal(r.out, expected, strlen(expected));
    double validation = number_in(r.out, "validation_bits_per_dim"), best = number_in(r.out, "best_bits_per_dim");
    assert_true(best > 0 && validation >= best);
    run_command(&r, "tail -1 %s/tiny.csv | cut -d, -f6", folder);
    assert_float_equal(validation, atof(r.out), 1e-6);
}

/* The leftovers of a killed run; a folder's name is not a pattern. */
static void leftovers_are_removed_from_its_folder_only(void **state)
{
    (void)state;
    char own[256], other[256], file[300];
    strcpy(own, fresh_folder("left[1]"));
    strcpy(other, fresh_folder("left1"));
    run_command(&r, "mkdir '%s' %s; touch '%s/tiny_last.state.tmp.7' %s/tiny_last.state.tmp.7", own, other, own, other);
    run_command(&r, "%s pixelcnn train %s -backup '%s'", darknet(), tiny_train(), own);
    assert_int_equal(r.status, 0);
    snprintf(file, sizeof file, "%s/tiny_last.state.tmp.7", own);
    assert_false(file_exists(file));
    snprintf(file, sizeof file, "%s/tiny_last.state.tmp.7", other);
    assert_true(file_exists(file));
}

TEST_MAIN(cmocka_unit_test(a_resumed_run_is_the_same_to_the_bit),
          cmocka_unit_test(any_number_of_threads_gives_the_same_weights),
          cmocka_unit_test(a_log_continues_at_the_checkpoint), cmocka_unit_test(starts_are_chosen),
          cmocka_unit_test(a_second_run_in_the_folder_is_refused), cmocka_unit_test(the_previous_generation_is_used),
          cmocka_unit_test(leftovers_are_removed_from_its_folder_only), cmocka_unit_test(the_result_is_printed_as_json))
