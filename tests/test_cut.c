/*
test_cut.c - states, weights and IDX files truncated at any byte, and states with any bit flipped.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "pixelcnn/data/idx.h"
#include "pixelcnn/train/state.h"
#include "tests/state_layout.h"
#include "tests/training.h"

/* A checkpoint's two files, in memory. */
typedef struct {
    char state[300], weights[300], *state_bytes, *weights_bytes;
    size_t nstate, nweights;
} files;

static files make_files(const char *name)
{
    files f;
    static run_result r;
    char folder[256];
    strcpy(folder, fresh_folder(name));
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0);
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
        snprintf(has, sizeof has, ": %zu byte", n);
        const char *needed = n < sizeof(state_header) ? "a state has at least 128" : expected;
        if (!strstr(error, has) || !strstr(error, needed)) fail_msg("cut to %zu: %s", n, error);
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

/* Whether `train` can have written these numbers, apart from what only the net knows. */
static int makes_sense(const unsigned char *file, const state_header *right)
{
    training_progress p = {0};
    memcpy(&p, file + sizeof *right, right->section[0].bytes);
    if (!isfinite(p.best) || !isfinite(p.average) || !(p.seconds >= 0) || isinf(p.seconds)) return 0;
    if (p.step > p.seen || p.skipped > p.seen || p.due > 15) return 0;
    size_t at = sizeof *right + right->section[0].bytes;
    for (int i = 1; i < NET_SECTIONS; ++i)
        for (size_t k = 0; k < right->section[i].bytes; k += 4, at += 4) {
            float x;
            memcpy(&x, file + at, 4);
            if (!isfinite(x) || (i == 2 && x < 0)) return 0;
        }
    return 1;
}

static void what_hashes_do_not_cover_is_checked(void **state)
{
    (void)state;
    files f = make_files("rehashed");
    network *net = tiny_net();
    state_file s;
    state_header right;
    char error[512];
    int taken = 0;
    unsigned char *bytes = (unsigned char *)f.state_bytes, *copy = malloc(f.nstate);
    memcpy(&right, bytes, sizeof right);
    size_t settings = f.nstate - right.section[NET_SECTIONS].bytes;
    for (size_t n = 0; n < f.nstate; ++n) {
        if (n >= offsetof(state_header, section) && n < sizeof right) continue; // what is mended
        memcpy(copy, bytes, f.nstate);
        copy[n] ^= 128 >> n % 8;
        rehash_state(copy, f.nstate, &right);
        write_file(f.state, copy, f.nstate);
        int refused = try_read_state(net, f.state, &s, error) != STATE_READ;
        int sense = n < sizeof right ? n >= offsetof(state_header, weights) : makes_sense(copy, &right);
        if (refused == sense && n < settings && !(refused && strstr(error, "images seen")))
            fail_msg("byte %zu: %s", n, refused ? error : "taken");
        if (refused && n < settings && strstr(error, "damaged")) fail_msg("byte %zu: %s", n, error);
        taken += !refused;
        free_state(&s);
    }
    assert_true(taken > 100);
    free(copy);
    free(f.state_bytes);
    free(f.weights_bytes);
    free_network(net);
}

/* Changes a number of the state and recomputes the hashes. */
static void refuses_number(const files *f, size_t at, const void *value, size_t bytes, const char *says)
{
    state_file s;
    state_header right;
    char error[512] = "";
    network *net = tiny_net();
    unsigned char *copy = malloc(f->nstate);
    memcpy(&right, f->state_bytes, sizeof right);
    memcpy(copy, f->state_bytes, f->nstate);
    memcpy(copy + at, value, bytes);
    rehash_state(copy, f->nstate, &right);
    write_file(f->state, copy, f->nstate);
    assert_int_equal(try_read_state(net, f->state, &s, error), STATE_DAMAGED);
    if (!strstr(error, says)) fail_msg("expected: %s\n    got: %s", says, error);
    assert_null(s.bytes);
    free(copy);
    free_network(net);
}

static void numbers_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    files f = make_files("nonsense");
    state_header h;
    memcpy(&h, f.state_bytes, sizeof h);
    size_t progress_at = sizeof h, m = progress_at + h.section[0].bytes, v = m + h.section[1].bytes;
    const double nan = NAN, inf = INFINITY, less = -1;
    const float fnan = NAN, finf = -INFINITY, fless = -1e-30f;
    const uint64_t many = 1ull << 62, more = 999999, due = 64;
    refuses_number(&f, progress_at + offsetof(training_progress, best), &nan, 8, "best validation ");
    refuses_number(&f, progress_at + offsetof(training_progress, average), &inf, 8, "running average inf");
    refuses_number(&f, progress_at + offsetof(training_progress, seconds), &less, 8,
                   "seconds -1: impossible in training");
    refuses_number(&f, progress_at + offsetof(training_progress, seconds), &nan, 8, "seconds ");
    refuses_number(&f, progress_at + offsetof(training_progress, seen), &many, 8, "images seen 4.6116860184273879e+18");
    refuses_number(&f, progress_at + offsetof(training_progress, step), &more, 8, "step 999999");
    refuses_number(&f, progress_at + offsetof(training_progress, skipped), &more, 8, "skipped batches 999999");
    refuses_number(&f, progress_at + offsetof(training_progress, due), &due, 8, "due 64");
    refuses_number(&f, m + 8, &fnan, 4, "section m has ");
    refuses_number(&f, m + 8, &finf, 4, "section m has -inf at byte");
    refuses_number(&f, v + 4, &fless, 4, "section v has -1e-30 at byte");
    refuses_number(&f, v + h.section[2].bytes - 4, &fnan, 4, "expected a finite number of at least 0");
    free(f.state_bytes);
    free(f.weights_bytes);
}

/* Loads the file at `path` in another process, which must exit with 1 and a message. */
static int is_refused(void (*load)(const char *path), const char *path, const char *expected)
{
    fflush(0);
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], 2);
        load(path);
        _exit(0);
    }
    close(ends[1]);
    char said[1024] = "";
    for (ssize_t n, at = 0; (n = read(ends[0], said + at, sizeof said - 1 - at)) > 0;) at += n;
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1 && strstr(said, expected);
}

/* A file of `bytes` bytes, truncated at any byte, is refused with its actual and its expected length. */
static void refused_wherever_cut(void (*load)(const char *path), const char *path, const char *bytes, size_t size,
                                 const char *says)
{
    char expected[128];
    assert_true(size < 65536);
    for (size_t n = 0; n < size; ++n) {
        write_file(path, bytes, n);
        snprintf(expected, sizeof expected, says, n);
        if (!is_refused(load, path, expected)) fail_msg("%s cut to %zu: taken, or not said so", path, n);
    }
}

static network *net_to_load;

static void load_tiny(const char *path) { load_weights(net_to_load, (char *)path); }

static void load_idx(const char *path)
{
    idx_header x = open_idx(path, IDX_BYTE, 3, 3);
    read_idx_items(&x);
}

static void weights_cut_anywhere_are_refused(void **state)
{
    (void)state;
    files f = make_files("cutweights");
    net_to_load = tiny_net();
    refused_wherever_cut(load_tiny, f.weights, f.weights_bytes, f.nweights, ": %zu byte");
    free(f.state_bytes);
    free(f.weights_bytes);
    free_network(net_to_load);
}

static void an_idx_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    char path[300];
    size_t size;
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", tiny_data());
    char *bytes = read_whole(path, &size);
    refused_wherever_cut(load_idx, scratch("cut-idx"), bytes, size, ": %zu byte");
    free(bytes);
}

TEST_MAIN(cmocka_unit_test(a_state_cut_anywhere_is_refused), cmocka_unit_test(a_state_with_any_bit_flipped_is_refused),
          cmocka_unit_test(what_hashes_do_not_cover_is_checked),
          cmocka_unit_test(numbers_that_make_no_sense_are_refused), cmocka_unit_test(weights_cut_anywhere_are_refused),
          cmocka_unit_test(an_idx_file_cut_anywhere_is_refused))
