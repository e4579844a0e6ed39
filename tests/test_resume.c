/*
test_resume.c - trainings that are stopped, killed and gone on with, and states that are spoilt. SOAK=1 repeats them as often
as make soak does.
*/
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "checkpoint.h"
#include "pixel_softmax_layer.h"
#include "random.h"
#include "solver.h"
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

static network *tiny_net(void)
{
    char *text = read_whole(tiny_cfg(), 0);
    network *net = net_of_text(text, 0);
    free(text);
    return net;
}

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

/* ---- signals ---- */

static pid_t start(const char *folder)
{
    char command[1024];
    snprintf(command, sizeof command, "%s.err", folder);
    remove(command); // or it would be taken for that of a program that is killed before it opens its own
    snprintf(command, sizeof command, "exec %s pixelcnn train %s -backup %s >%s.out 2>%s.err </dev/null", darknet(),
             tiny_train(), folder, folder, folder);
    fflush(0);
    pid_t child = fork();
    if (!child) {
        execl("/bin/sh", "sh", "-c", command, (char *)0);
        _exit(127);
    }
    return child;
}

static void wait_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, 0);
}

static int random_below(int n)
{
    static uint64_t at;
    return random_unit(11, STREAM_SAMPLE, at++, 0) * n;
}

/* The status once it has ended, within so many seconds, else -1. */
static int ending(pid_t child, int seconds)
{
    int status;
    for (int ms = 0; ms < seconds * 1000; ms += 5, wait_ms(5))
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

static int has_last(const char *folder)
{
    char file[300];
    snprintf(file, sizeof file, "%s/tiny_last.state", folder);
    return file_exists(file);
}

/* How long a whole training takes, in milliseconds. */
static int whole_ms(void)
{
    static int ms;
    if (ms) return ms;
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    assert_int_equal(ending(start(fresh_folder("timed")), 60), 0);
    clock_gettime(CLOCK_MONOTONIC, &b);
    return ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 + 1;
}

static void stops_at(int number)
{
    char folder[256];
    for (int i = repeats(4, 50); i--;) {
        strcpy(folder, fresh_folder("stopped"));
        pid_t child = start(folder);
        wait_ms(random_below(whole_ms()));
        kill(child, number);
        int status = ending(child, 10);
        // before the program catches signals there is nothing to save; after its last look it is done
        if (status != 0 && status != 128 + number) fail_msg("signal %d: status %d", number, status);
        int saved = has_last(folder);
        go_on(folder, "");
        assert_int_equal(r.status, 0);
        assert_true(saved == !!strstr(r.err, "resumed from"));
        assert_true(final_hash(folder) == undisturbed_hash());
    }
}

static void sigterm_stops_and_saves(void **state)
{
    (void)state;
    stops_at(SIGTERM);
}

static void sigint_stops_and_saves(void **state)
{
    (void)state;
    stops_at(SIGINT);
}

static void sigusr1_saves_and_goes_on(void **state)
{
    (void)state;
    char folder[256];
    int heard = 0;
    for (int i = repeats(6, 50); i--;) {
        strcpy(folder, fresh_folder("asked"));
        pid_t child = start(folder);
        wait_ms(whole_ms() / 4 + random_below(whole_ms() / 2));
        kill(child, SIGUSR1);
        int status = ending(child, 20);
        if (status == 128 + SIGUSR1) continue; // it did not catch signals yet
        assert_int_equal(status, 0);
        assert_true(final_hash(folder) == undisturbed_hash());
        run_command(&r, "grep -c 'SIGUSR1: saving' %s.err", folder);
        heard += r.status == 0;
    }
    assert_true(heard > 0);
}

/* A fifth of the kills fall on a call of the saving itself, the others on any moment. */
static void killed_trainings_end_with_the_same_weights(void **state)
{
    (void)state;
    static const char *const calls[] = {"fwrite", "fsync", "rename", "link", "fclose"};
    char folder[256];
    int kills = repeats(20, 200), resumed = 0, was_saved = 0, done = 0;
    strcpy(folder, fresh_folder("killed"));
    while (done < kills) {
        if (done % 5 == 0) {
            int most = done / 5 % 5 == 0 ? 40 : 6;
            run_command(&r,
                        "FAULT='%s %d -9 1' FAULT_SEEN=%s LD_PRELOAD=build/cpu/tests/faults.so ./darknet pixelcnn "
                        "train %s -backup %s",
                        calls[done / 5 % 5], 1 + random_below(most), scratch("seen"), tiny_train(), folder);
        } else {
            pid_t child = start(folder);
            wait_ms(random_below(whole_ms()));
            kill(child, SIGKILL);
            r.status = ending(child, 10);
            run_command(&r, "cat %s.err 2>/dev/null; exit %d", folder, r.status);
            memcpy(r.err, r.out, sizeof r.err);
        }
        if (r.status != 0 && r.status != 128 + SIGKILL) fail_msg("status %d: %s", r.status, r.err);
        if (r.status) ++done;
        if (was_saved && !strstr(r.err, "resumed from") && strstr(r.err, "bits/dim"))
            fail_msg("started anew: %s", r.err);
        resumed += !!strstr(r.err, "resumed from");
        was_saved = has_last(folder);
        if (r.status == 0) {
            assert_true(final_hash(folder) == undisturbed_hash());
            strcpy(folder, fresh_folder("killed"));
            was_saved = 0;
        }
    }
    go_on(folder, "");
    assert_int_equal(r.status, 0);
    assert_true(final_hash(folder) == undisturbed_hash());
    printf("# %d kills, %d resumed\n", kills, resumed);
    assert_true(resumed > 0);
}

/* ---- sick numbers ---- */

static network *trained_net(void)
{
    network *net = tiny_net();
    random_batch(net, 1, 0);
    train_network_datum(net);
    assert_int_equal(solver_of(net)->sick, HEALTHY);
    return net;
}

static float *copy_weights(network *net)
{
    param_list all = solver_of(net)->params;
    float *copy = checked_calloc(all.total, sizeof(float)), *to = copy;
    for (int i = 0; i < all.n; to += all.p[i++].n) memcpy(to, all.p[i].value, all.p[i].n * sizeof(float));
    return copy;
}

static void assert_sick(network *net, sickness kind, const char *where)
{
    float *before = copy_weights(net);
    int step = *net->t;
    train_network_datum(net);
    float *after = copy_weights(net);
    const solver *s = solver_of(net);
    assert_int_equal(s->sick, kind);
    if (!strstr(s->where, where)) fail_msg("'%s' does not name '%s'", s->where, where);
    assert_memory_equal(before, after, s->params.total * sizeof(float));
    assert_int_equal(*net->t, step);
    for (int i = 0; i < s->params.n; ++i)
        for (size_t k = 0; k < s->params.p[i].n; ++k) assert_true(s->params.p[i].update[k] == 0);
    free(before);
    free(after);
}

static void sick_numbers_are_seen_within_a_step(void **state)
{
    (void)state;
    network *net = trained_net();
    net->input[7] = NAN;
    assert_sick(net, SICK_BATCH, "input of image 0 of the batch, value 7 is nan");
    random_batch(net, 2, 0);
    param w = base_of(net->layers[2])->params[1];
    float good = w.value[3];
    w.value[3] = INFINITY;
    assert_sick(net, SICK_WEIGHTS, "layer 2 (gated_hstack), ");
    w.value[3] = good;
    random_batch(net, 3, 0);
    w.update[5] = -INFINITY; // the backward pass adds to it
    assert_sick(net, SICK_BATCH, "gradient of ");
    random_batch(net, 4, 0);
    train_network_datum(net);
    assert_int_equal(solver_of(net)->sick, HEALTHY);
    free_network(net);
}

static void a_training_that_explodes_keeps_its_checkpoint(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("explodes"));
    go_on(folder, "");
    run_command(&r, "cd %s && cat tiny_last.* tiny_best.weights tiny_ema.weights | cksum", folder);
    char before[128];
    snprintf(before, sizeof before, "%.100s", r.out);
    run_command(&r,
                "sed 's/max_batches=24/max_batches=40\\npolicy=steps\\nsteps=25,26,27,28,29\\nscales=1e6,1e6,1e6,1e6,1e6/' %s >%s/tiny.cfg; %s pixelcnn train "
                "%s/tiny.cfg %s -backup %s "
                "-save_every 0",
                tiny_cfg(), folder, darknet(), folder, tiny_data(), folder);
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.err, "\niteration "));
    assert_non_null(strstr(r.err, "layer "));
    run_command(&r, "cd %s && cat tiny_last.* tiny_best.weights tiny_ema.weights | cksum", folder);
    assert_string_equal(r.out, before);
}

/* One image's label is so long a vector that its gradient is none. */
static void bad_batches_are_skipped_where_allowed(void **state)
{
    (void)state;
    char folder[256], file[300];
    strcpy(folder, fresh_folder("attributes"));
    run_command(&r, "cp -r %s %s", tiny_data(), folder);
    for (int split = 0; split < 2; ++split) {
        unsigned char bytes[12 + 40 * 3 * 4] = {0, 0, 13, 2, 0, 0, 0, 40, 0, 0, 0, 3};
        for (int i = 0; i < 120; ++i) memcpy(bytes + 12 + 4 * i, i == 15 ? "\x7f\x7f\xff\xff" : "\x3f\0\0\0", 4);
        snprintf(file, sizeof file, "%s/%s-labels-idx2-float", folder, split ? "t10k" : "train");
        write_file(file, bytes, sizeof bytes);
        snprintf(file, sizeof file, "%s/%s-labels-idx1-ubyte", folder, split ? "t10k" : "train");
        remove(file);
    }
    run_command(&r, "%s pixelcnn train %s %s -backup %s/b", darknet(), tiny_cfg(), folder, folder);
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.err, "-skip_bad"));
    run_command(&r, "%s pixelcnn train %s %s -backup %s/c -skip_bad 5", darknet(), tiny_cfg(), folder, folder);
    if (r.status) fail_msg("%s", r.err);
    assert_non_null(strstr(r.err, "batch skipped, the 1. of 5"));
}

TEST_MAIN(cmocka_unit_test(a_resumed_training_is_the_same_to_the_bit),
          cmocka_unit_test(a_log_goes_on_where_the_checkpoint_is), cmocka_unit_test(starts_are_chosen),
          cmocka_unit_test(a_second_training_in_the_folder_refuses), cmocka_unit_test(a_state_cut_anywhere_is_refused),
          cmocka_unit_test(a_state_with_any_bit_flipped_is_refused), cmocka_unit_test(weights_cut_anywhere_are_refused),
          cmocka_unit_test(the_generation_before_serves), cmocka_unit_test(sigterm_stops_and_saves),
          cmocka_unit_test(sigint_stops_and_saves), cmocka_unit_test(sigusr1_saves_and_goes_on),
          cmocka_unit_test(killed_trainings_end_with_the_same_weights),
          cmocka_unit_test(sick_numbers_are_seen_within_a_step),
          cmocka_unit_test(a_training_that_explodes_keeps_its_checkpoint),
          cmocka_unit_test(bad_batches_are_skipped_where_allowed))
