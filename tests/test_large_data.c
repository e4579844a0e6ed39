/*
test_large_data.c - data that stay in their file: the same numbers as from memory, memory that does not grow
with the file, and a file that is cut while it is in use.
*/
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/errors.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/idx.h"
#include "pixelcnn/train/state.h"
#include "tests/formats.h"
#include "tests/training.h"

static run_result r;

/* A copy of the tiny data set, all of it gzipped or none. */
static const char *copy_tiny_data(const char *name, int gzipped)
{
    const char *folder = make_folder(name, "");
    run_command(&r, "cp %s/* %s", tiny_data(), folder);
    if (gzipped) run_command(&r, "gzip -f %s/*", folder);
    assert_int_equal(r.status, 0);
    return folder;
}

/* ---- the same numbers ---- */

static void a_file_reads_as_from_memory(void **state)
{
    (void)state;
    network *net = tiny_net();
    dataset raw = load_dataset(copy_tiny_data("raw", 0), SPLIT_TEST, net),
            packed = load_dataset(copy_tiny_data("packed", 1), SPLIT_TEST, net);
    double nll[2][40];
    assert_true(raw.image_file && raw.class_file && !raw.pixels && !raw.class_numbers && !raw.labels);
    assert_true(packed.pixels && packed.class_numbers && !packed.image_file && !packed.class_file);
    assert_int_equal(raw.n, 40);
    assert_memory_equal(all_images(&raw), packed.pixels, 40 * 30);
    for (int i = 0; i < 40; ++i) assert_int_equal(class_of_image(&raw, i), packed.class_numbers[i]);
    evaluate_likelihood(net, &raw, 0, 40, nll[0]);
    evaluate_likelihood(net, &packed, 0, 40, nll[1]);
    assert_memory_equal(nll[0], nll[1], sizeof nll[0]);
    evaluate_unlabelled(net, &raw, 0, 40, nll[0]);
    evaluate_unlabelled(net, &packed, 0, 40, nll[1]);
    assert_memory_equal(nll[0], nll[1], sizeof nll[0]);
    free_dataset(&raw);
    free_dataset(&packed);
    free_network(net);
}

/* What states of earlier versions have: of all pixels, then of all labels as floats. */
static uint64_t hash_of_files(const char *folder)
{
    idx_header x = open_idx(in(folder, "train-images-idx3-ubyte"), IDX_BYTE, 3, 3);
    idx_header y = open_idx(in(folder, "train-labels-idx1-ubyte"), IDX_BYTE, 1, 1);
    int shape[] = {x.dims[0], 1, x.dims[1], x.dims[2], 3};
    size_t n = x.dims[0];
    unsigned char *pixels = read_idx_items(&x), *class = read_idx_items(&y);
    float *labels = checked_calloc(3 * n, sizeof *labels);
    for (size_t i = 0; i < n; ++i) labels[3 * i + class[i]] = 1;
    uint64_t hash = XXH64(pixels, x.items, XXH64(shape, sizeof shape, 0));
    hash = XXH64(labels, 3 * n * sizeof *labels, hash);
    free(pixels);
    free(class);
    free(labels);
    return hash;
}

static void states_hold_the_hash_that_they_held(void **state)
{
    (void)state;
    state_file s;
    const char *backup = fresh_folder("hashed");
    train_part(&r, backup, 2, "");
    assert_int_equal(peek_state(in(backup, "tiny_last.state"), &s), 0);
    assert_true(s.from.data == hash_of_files(tiny_data()));
    free_state(&s);
}

/* A run that began on one can be resumed on the other. */
static void gzipped_data_resume_what_raw_data_began(void **state)
{
    (void)state;
    const char *backup = fresh_folder("mixed");
    train_part(&r, backup, 7, "");
    run_command(&r, "mv %s %s.raw && cp -r %s %s", tiny_data(), tiny_data(), copy_tiny_data("packed", 1), tiny_data());
    resume_training(&r, backup, "");
    run_command(&r, "rm -r %s && mv %s.raw %s", tiny_data(), tiny_data(), tiny_data());
    assert_true(final_hash(backup) == undisturbed_hash());
}

/* ---- memory ---- */

enum { SIDE = 28, BYTES = SIDE * SIDE, MOST_MB = 200 };

static void put_int(unsigned char *to, long long x)
{
    for (int k = 0; k < 4; ++k) to[k] = x >> (24 - 8 * k);
}

/* n items of `bytes` bytes, holes but for the header and one byte of item 1. */
static void write_sparse(const char *path, int dims, long long n, int bytes)
{
    unsigned char head[16] = {0, 0, IDX_BYTE, dims}, one = bytes > 1 ? 255 : 1; // white, class 1
    put_int(head + 4, n);
    put_int(head + 8, SIDE);
    put_int(head + 12, SIDE);
    write_file(path, head, 4 + 4 * dims);
    assert_int_equal(truncate(path, 4 + 4 * dims + n * bytes), 0);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, &one, 1, 4 + 4 * dims + bytes), 1);
    close(fd);
}

/* Both splits, of that many bytes of images. */
static const char *make_sparse(const char *name, long long bytes)
{
    const char *folder = make_folder(name, "");
    long long n = bytes / BYTES;
    for (int test = 0; test < 2; ++test) {
        write_sparse(in(folder, test ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte"), 3, n, BYTES);
        write_sparse(in(folder, test ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte"), 1, n, 1);
    }
    return folder;
}

static void write_sparse_cfg(void)
{
    write_text(scratch("sparse.cfg"),
               "[net]\nbatch=4\nheight=28\nwidth=28\nmax_batches=3\nlearning_rate=0.001\n[label_embed]\nclasses=2\n"
               "[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=2\nmask=a\n[skip_sum]\nfilters=2\n"
               "[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n");
}

/* Of a command that succeeds: the most kilobytes that it ever held. */
static long peak_kb(const char *format, const char *folder)
{
    char line[2048];
    struct rusage used;
    int status;
    snprintf(line, sizeof line, format, darknet(), scratch("sparse.cfg"), folder, scratch("sparse"));
    pid_t child = fork();
    if (!child) {
        execl("/bin/sh", "sh", "-c", line, (char *)0);
        _exit(127);
    }
    assert_true(wait4(child, &status, 0, &used) == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return used.ru_maxrss;
}

#define TRAIN_SPARSE "exec %s pixelcnn train %s %s -backup %s -report none -eval_every 0 >/dev/null 2>&1"
#define WITH_SPARSE(command)                                                                                           \
    "exec %1$s pixelcnn " command " %2$s %4$s/sparse_final.weights %3$s -limit 60 >/dev/null 2>&1"

/* `train` reads all of its data once, for their hash: 1 GB, in make soak 4 GB. */
static void memory_does_not_grow_with_the_file(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    write_sparse_cfg();
    const char *folder = make_sparse("large", (long long)repeats(1, 4) << 30);
    long trained = peak_kb(TRAIN_SPARSE, folder) / 1024;
    folder = make_sparse("large", 4ll << 30);
    long evaluated = peak_kb(WITH_SPARSE("eval"), folder) / 1024, scored = peak_kb(WITH_SPARSE("score"), folder) / 1024;
    print_message("# MB at most: train %ld, eval %ld, score %ld\n", trained, evaluated, scored);
    assert_in_range(trained, 1, MOST_MB);
    assert_in_range(evaluated, 1, MOST_MB);
    assert_in_range(scored, 1, MOST_MB);
    run_command(&r, "rm -r %s", folder);
}

/* Of a net of 16 x 16 that is not trained: 256 bytes an image. */
static void write_drawing_cfg(void)
{
    network *net = net_of_text(
        "[net]\nheight=16\nwidth=16\n[label_embed]\nclasses=2\n[gated_vstack]\nfilters=1\nsize=1\n"
        "[gated_hstack]\nfilters=1\nmask=a\n[skip_sum]\nfilters=1\n"
        "[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n",
        1);
    run_command(&r, "cp %s %s", scratch("net.cfg"), scratch("sparse.cfg"));
    save_weights(net, (char *)scratch("drawing.weights"));
    free_network(net);
}

/* In a sheet all images are in memory, at least 256 bytes each. Archives, and more images, in make soak. */
static void memory_does_not_grow_with_the_images_drawn(void **state)
{
    (void)state;
    enum { FEW = 4500 };
    static const char *const outputs[] = {"-npy $O.npy", "-npy $O.npz"};
    long few, many;
    char line[512];
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    write_drawing_cfg();
    for (size_t i = 0; i < (size_t)repeats(1, 2); ++i) {
        long *peak = &few;
        for (int n = FEW; n <= repeats(3, 40) * FEW; n += (repeats(3, 40) - 1) * FEW, peak = &many) {
            snprintf(line, sizeof line,
                     "O=%%4$s; exec %%1$s pixelcnn sample %%2$s %%3$s/drawing.weights -n %d %s >/dev/null 2>&1", n,
                     outputs[i]);
            *peak = peak_kb(line, scratch("."));
        }
        print_message("# %s: %ld kB at most for %d images, %ld kB for %d\n", outputs[i], few, FEW, many,
                      repeats(3, 40) * FEW);
        assert_true(many - few < (repeats(3, 40) - 1) * FEW * 256 / 1024 / 2);
    }
}

/* ---- a file that is cut ---- */

typedef struct {
    const dataset *d;
    network *net;
} use;

static void evaluate_all(void *what)
{
    const use *u = what;
    evaluate_likelihood(u->net, u->d, 0, u->d->n, 0);
}

static void a_cut_file_is_an_error(void **state)
{
    (void)state;
    network *net = tiny_net();
    const char *folder = copy_tiny_data("cut", 0), *images = in(folder, "t10k-images-idx3-ubyte");
    const char *labels = in(folder, "t10k-labels-idx1-ubyte");
    dataset d = load_dataset(folder, SPLIT_TEST, net);
    caught_error e;
    use u = {&d, net};
    assert_int_equal(truncate(labels, 20), 0);
    assert_int_equal(catch_die(evaluate_all, &u, &e), 1);
    assert_non_null(strstr(e.message, "t10k-labels-idx1-ubyte: byte 20: the file has been cut to 20 bytes"));
    assert_int_equal(truncate(images, 16 + 30 * 5 + 7), 0);
    assert_int_equal(catch_die(evaluate_all, &u, &e), 1);
    assert_non_null(strstr(e.message, "t10k-images-idx3-ubyte: byte 173: the file has been cut to 173 bytes"));
    free_dataset(&d);
    free_network(net);
}

static void labels_that_change_are_an_error(void **state)
{
    (void)state;
    network *net = tiny_net();
    const char *folder = copy_tiny_data("changed", 0);
    dataset d = load_dataset(folder, SPLIT_TEST, net);
    caught_error e;
    use u = {&d, net};
    int fd = open(in(folder, "t10k-labels-idx1-ubyte"), O_WRONLY);
    assert_int_equal(pwrite(fd, "\3", 1, 8 + 17), 1);
    close(fd);
    assert_int_equal(catch_die(evaluate_all, &u, &e), 1);
    assert_non_null(
        strstr(e.message, "byte 25: label 3, the cfg has classes=3; the file was changed while it was in use"));
    free_dataset(&d);
    free_network(net);
}

/* It saves a checkpoint, and continues when the file is whole again. */
static void training_on_truncated_data_ends_in_one_line(void **state)
{
    (void)state;
    const char *folder = copy_tiny_data("train_cut", 0), *backup = fresh_folder("cut_backup");
    run_command(&r, "mkdir -p %s && sed s/max_batches=24/max_batches=1000000000/ %s >%s", scratch("long"), tiny_cfg(),
                scratch("long/tiny.cfg"));
    run_command(
        &r,
        "%s pixelcnn train %s %s -backup %s -report none -eval_every 0 -save_every 0 -seconds 50 2>%s >%s & p=$!; "
        "while [ ! -f %s/tiny.csv ]; do sleep .02; done; sleep .2; truncate -s 300 %s/train-images-idx3-ubyte; "
        "wait $p",
        darknet(), scratch("long/tiny.cfg"), folder, backup, scratch("err"), scratch("out"), backup, folder);
    char *said = read_whole(scratch("err"), 0), *last = strstr(said, "reading images: ");
    assert_int_equal(r.status, 1);
    assert_non_null(last);
    assert_non_null(strstr(last, "train-images-idx3-ubyte: byte "));
    assert_non_null(strstr(last, ": the file has been cut to 300 bytes"));
    assert_int_equal(strchr(last, '\n')[1], 0);
    free(said);
    run_command(&r, "cp %s/* %s", tiny_data(), folder);
    run_command(&r, "%s pixelcnn train %s %s -backup %s -report none -eval_every 0 -seconds .1", darknet(),
                scratch("long/tiny.cfg"), folder, backup);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "resum"));
}

TEST_MAIN(cmocka_unit_test(a_file_reads_as_from_memory), cmocka_unit_test(states_hold_the_hash_that_they_held),
          cmocka_unit_test(gzipped_data_resume_what_raw_data_began),
          cmocka_unit_test(memory_does_not_grow_with_the_file),
          cmocka_unit_test(memory_does_not_grow_with_the_images_drawn), cmocka_unit_test(a_cut_file_is_an_error),
          cmocka_unit_test(labels_that_change_are_an_error),
          cmocka_unit_test(training_on_truncated_data_ends_in_one_line))
