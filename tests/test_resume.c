/*
test_resume.c - trainings that are gone on with, and states and weights that are spoilt.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "checkpoint.h"
#include "training.h"

static run_result r;

static void go_on(const char *folder, const char *options)
{
    run_command(&r, "%s pixelcnn train %s -backup %s %s", darknet(), tiny_train(), folder, options);
}

static void a_resumed_training_is_the_same_to_the_bit(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("parts"));
    run_command(&r, "sed s/max_batches=24/max_batches=9/ %s >%s.part; mkdir %s; cp %s.part %s/tiny.cfg", tiny_cfg(),
                tiny_cfg(), folder, tiny_cfg(), folder);
    run_command(&r, "%s pixelcnn train %s/tiny.cfg %s -backup %s -log %s/log.csv -save_every 2 -eval_every 6",
                darknet(), folder, tiny_data(), folder, folder);
    assert_int_equal(r.status, 0);
    assert_int_not_equal(final_hash(folder), undisturbed_hash());
    char options[300];
    snprintf(options, sizeof options, "-log %s/log.csv", folder);
    go_on(folder, options);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "tiny_last.weights: iteration 9, 36 images seen"));
    assert_true(final_hash(folder) == undisturbed_hash());
    run_command(&r, "cut -d, -f1 %s/log.csv | uniq | tr '\\n' ' '", folder);
    assert_string_equal(r.out, "iteration 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 ");
    go_on(folder, "");
    assert_int_equal(r.status, 0); // nothing is left to train
    assert_true(final_hash(folder) == undisturbed_hash());
}

static void a_log_goes_on_where_the_checkpoint_is(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("logged"));
    char options[300];
    snprintf(options, sizeof options, "-log %s.csv", folder);
    go_on(folder, options);
    run_command(&r,
                "cd %s && cp ../logged.csv ../whole.csv && mv tiny_previous.state tiny_last.state && "
                "mv tiny_previous.weights tiny_last.weights",
                folder);
    assert_int_equal(r.status, 0);
    go_on(folder, options);
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
    go_on(folder, "");
    go_on(folder, "-resume none");
    assert_non_null(strstr(r.err, "\n1, "));
    go_on(folder, "-clear");
    assert_non_null(strstr(r.err, "\n1, "));
    snprintf(options, sizeof options, "-resume %s/tiny_previous.state", folder);
    go_on(folder, options);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "resumed from"));
    run_command(&r, "%s pixelcnn train %s %s %s/tiny_last.weights -backup %s", darknet(), tiny_cfg(), tiny_data(),
                folder, folder);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "is not gone on with"));
    run_command(&r, "%s pixelcnn train %s %s %s/tiny_last.weights -backup %s -resume %s/tiny_last.state", darknet(),
                tiny_cfg(), tiny_data(), folder, folder, folder);
    assert_int_equal(r.status, 1);
    go_on(folder, "-seed 5");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "-seed 5"));
    run_command(&r, "sed s/clip_norm=1/clip_norm=2/ %s >%s/tiny.cfg; %s pixelcnn train %s/tiny.cfg %s -backup %s",
                tiny_cfg(), folder, darknet(), folder, tiny_data(), folder);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "of another cfg"));
    run_command(&r, "sed s/rate=0.01/rate=0.02/ %s >%s/tiny.cfg; %s pixelcnn train %s/tiny.cfg %s -backup %s",
                tiny_cfg(), folder, darknet(), folder, tiny_data(), folder);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "learning rate has changed"));
    run_command(&r, "OMP_NUM_THREADS=1 %s pixelcnn train %s -backup %s", darknet(), tiny_train(), folder);
    assert_int_equal(r.status, 0);
}

static void a_second_training_in_the_folder_refuses(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("locked"));
    assert_int_equal(mkdir(folder, 0777), 0);
    lock_folder(folder);
    go_on(folder, "");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "another training"));
    assert_null(strstr(r.err, "\n1, "));
}

/* ---- spoilt files ---- */

/* A checkpoint's two files, in memory. */
typedef struct {
    char state[300], weights[300], *state_bytes, *weights_bytes;
    size_t nstate, nweights;
} files;

static files make_files(const char *name)
{
    files f;
    const char *folder = fresh_folder(name);
    go_on(folder, "");
    snprintf(f.state, sizeof f.state, "%s/tiny_last.state", folder);
    snprintf(f.weights, sizeof f.weights, "%s/tiny_last.weights", folder);
    f.state_bytes = read_whole(f.state, &f.nstate);
    f.weights_bytes = read_whole(f.weights, &f.nweights);
    return f;
}

static void a_state_cut_anywhere_is_refused(void **state)
{
    (void)state;
    files f = make_files("cut");
    network *net = tiny_net();
    state_file s;
    char error[512], has[64], expected[64];
    assert_true(f.nstate < 65536);
    snprintf(expected, sizeof expected, "%zu", f.nstate);
    for (size_t n = 0; n < f.nstate; ++n) {
        write_file(f.state, f.state_bytes, n);
        assert_int_equal(try_read_state(net, f.state, &s, error), 1);
        snprintf(has, sizeof has, ": %zu bytes", n);
        if (!strstr(error, has) || !strstr(error, expected)) fail_msg("cut to %zu: %s", n, error);
    }
    write_file(f.state, f.state_bytes, f.nstate);
    assert_int_equal(try_read_state(net, f.state, &s, error), 0);
    free(s.bytes);
    free(f.state_bytes);
    free(f.weights_bytes);
    free_network(net);
}

static void a_state_with_any_bit_flipped_is_refused(void **state)
{
    (void)state;
    files f = make_files("flipped");
    network *net = tiny_net();
    state_file s;
    char error[512];
    for (size_t n = 0; n < f.nstate; ++n) {
        f.state_bytes[n] ^= 1 << n % 8;
        write_file(f.state, f.state_bytes, f.nstate);
        if (!try_read_state(net, f.state, &s, error)) fail_msg("byte %zu flipped and taken", n);
        f.state_bytes[n] ^= 1 << n % 8;
    }
    free(f.state_bytes);
    free(f.weights_bytes);
    free_network(net);
}

/* Each cut is loaded in a process of its own, which has to exit with 1. */
static int refuses_weights(network *net, const char *file, const char *expected)
{
    fflush(0);
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], 2);
        load_weights(net, (char *)file);
        _exit(0);
    }
    close(ends[1]);
    char said[1024] = "";
    for (ssize_t n, at = 0; (n = read(ends[0], said + at, sizeof said - 1 - at)) > 0;) at += n;
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1 && strstr(said, expected);
}

static void weights_cut_anywhere_are_refused(void **state)
{
    (void)state;
    files f = make_files("cutweights");
    network *net = tiny_net();
    char expected[64];
    assert_true(f.nweights < 65536);
    for (size_t n = 0; n < f.nweights; ++n) {
        write_file(f.weights, f.weights_bytes, n);
        snprintf(expected, sizeof expected, ": %zu bytes", n);
        if (!refuses_weights(net, f.weights, expected)) fail_msg("cut to %zu: taken, or not said so", n);
    }
    free(f.state_bytes);
    free(f.weights_bytes);
    free_network(net);
}

static void the_generation_before_serves(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("generations"));
    go_on(folder, "");
    run_command(&r, "printf x | dd of=%s/tiny_last.state bs=1 seek=300 conv=notrunc", folder);
    go_on(folder, "");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "tiny_previous.state"));
    assert_true(final_hash(folder) == undisturbed_hash());
    run_command(&r, "rm %s/*.weights", folder);
    go_on(folder, "");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "no file has the weights"));
    run_command(&r, "echo something >%s/tiny_last.state; rm %s/tiny_previous.state", folder, folder);
    go_on(folder, "");
    assert_int_equal(r.status, 1);
}

TEST_MAIN(cmocka_unit_test(a_resumed_training_is_the_same_to_the_bit),
          cmocka_unit_test(a_log_goes_on_where_the_checkpoint_is), cmocka_unit_test(starts_are_chosen),
          cmocka_unit_test(a_second_training_in_the_folder_refuses), cmocka_unit_test(a_state_cut_anywhere_is_refused),
          cmocka_unit_test(a_state_with_any_bit_flipped_is_refused), cmocka_unit_test(weights_cut_anywhere_are_refused),
          cmocka_unit_test(the_generation_before_serves))
