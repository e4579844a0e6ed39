/*
test_weights.c - weight files: the same loss to the bit, the layout to the byte, and refusal of anything else.
*/
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "layers/gated_vstack_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "pixelcnn/net/weights.h"
#include "tests/family.h"
#include "tests/support.h"

enum { HEADER = 20 };

static void save(network *net, const char *path)
{
    char error[512];
    if (try_save_weights(net, path, net->n, error)) fail_msg("%s", error);
}

/* Writes the counts of a COVERAGE=1 build, if it is one. */
extern void __gcov_dump(void) __attribute__((weak));

/* The exit status of an action in another process; *message gets its stderr. */
static int status_of(void (*action)(network *, char *), network *net, const char *path, char *message, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(0);
    pid_t pid = fork();
    if (!pid) {
        dup2(ends[1], 2);
        action(net, (char *)path);
        if (__gcov_dump) __gcov_dump();
        _exit(0);
    }
    close(ends[1]);
    size_t got = 0;
    for (ssize_t n; got < size - 1 && (n = read(ends[0], message + got, size - 1 - got)) > 0;) got += n;
    message[got] = 0;
    close(ends[0]);
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int load_status(network *net, const char *path, char *message, size_t size)
{
    return status_of(load_weights, net, path, message, size);
}

static void same_loss_after_loading(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        network *one = net_of_text(family[f].cfg, 1), *two = net_of_text(family[f].cfg, 2);
        const char *path = scratch("w.weights");
        fill_biases(one, 3);
        *one->seen = 12345678901;
        save(one, path);
        load_weights(two, (char *)path);
        random_batch(one, 5, 1);
        random_batch(two, 5, 1);
        assert_true(net_nll(one) == net_nll(two));
        assert_true(*two->seen == 12345678901);
        free_network(one);
        free_network(two);
    }
}

/* Header, then each layer's arrays in the order that the documentation gives. */
static void layout_is_the_documented_one(void **state)
{
    (void)state;
    network *net = net_of_text(family[2].cfg, 1);
    const char *path = scratch("w.weights");
    fill_biases(net, 3);
    save(net, path);
    size_t bytes;
    char *raw = read_whole(path, &bytes);
    int *header = (int *)raw;
    assert_int_equal(header[0], 0);
    assert_int_equal(header[1], 2);
    assert_int_equal(header[2], net_revision(net));
    assert_true(header[2] > 0);
    float *x = (float *)(raw + HEADER);
    gated_vstack *v = vstack_of(&net->layers[1]);
    assert_memory_equal(x, base_of(&net->layers[0])->params[0].value, 3 * 16 * sizeof(float));
    assert_memory_equal(x + 48, v->b->value, 8 * sizeof(float));
    assert_memory_equal(x + 56, v->w->value, 8 * 3 * 5 * sizeof(float));
    assert_memory_equal(x + 176, v->label.v->value, 8 * 16 * sizeof(float));
    param_list all = net_params(net);
    assert_int_equal(bytes, HEADER + all.total * sizeof(float));
    free_param_list(&all);
    free(raw);
    free_network(net);
}

static void wrong_sizes_are_refused(void **state)
{
    (void)state;
    network *net = net_of_text(family[1].cfg, 1);
    const char *path = scratch("w.weights"), *cut = scratch("cut.weights");
    char message[4096], expected[64];
    save(net, path);
    size_t bytes;
    char *raw = read_whole(path, &bytes);
    for (size_t n = 0; n <= bytes + 1; n += n + 40 < bytes - 40 ? 37 : 1) {
        write_file(cut, raw, n); // one byte more than the file: the 0 behind it
        int status = load_status(net, cut, message, sizeof message);
        if (status != (n != bytes)) fail_msg("%zu of %zu bytes: status %d, %s", n, bytes, status, message);
        snprintf(expected, sizeof expected, "%zu bytes", n);
        if (n != bytes && !strstr(message, expected)) fail_msg("%zu bytes: %s", n, message);
    }
    free(raw);
    free_network(net);
}

/* A changed dilation changes no sizes, but the revision. */
static void another_cfg_is_refused(void **state)
{
    (void)state;
    char text[2048], message[4096];
    strcpy(text, family[2].cfg);
    char *dilation = strstr(text, "dilation=2");
    dilation[9] = '1';
    network *one = net_of_text(family[2].cfg, 1), *other = net_of_text(text, 1);
    const char *path = scratch("w.weights");
    save(one, path);
    assert_int_equal(load_status(other, path, message, sizeof message), 1);
    assert_non_null(strstr(message, "a different net"));
    size_t bytes;
    char *raw = read_whole(path, &bytes);
    memset(raw + 8, 0, 4); // revision 0, as Darknet writes it: unknown, accepted with a message
    write_file(path, raw, bytes);
    assert_int_equal(load_status(other, path, message, sizeof message), 0);
    assert_non_null(strstr(message, "does not record its net"));
    free(raw);
    free_network(one);
    free_network(other);
}

static void masked_weights_must_be_zero(void **state)
{
    (void)state;
    network *net = net_of_text(family[7].cfg, 1);
    const char *path = scratch("w.weights");
    char message[4096];
    param_list all = net_params(net);
    int masked = 0;
    for (int i = 0; i < all.n; ++i)
        for (size_t k = 0; all.p[i].allowed && k < all.p[i].n; ++k) {
            if (all.p[i].allowed[k]) continue;
            assert_true(all.p[i].value[k] == 0);
            if (++masked == 20) all.p[i].value[k] = 1e-30f;
        }
    assert_true(masked > 20);
    save(net, path);
    assert_int_equal(load_status(net, path, message, sizeof message), 1);
    assert_non_null(strstr(message, "masked"));
    free_param_list(&all);
    free_network(net);
}

/* The first layers of a whole file, for a net of ours too. */
static void first_layers_are_loaded(void **state)
{
    (void)state;
    network *one = net_of_text(family[2].cfg, 1), *two = net_of_text(family[2].cfg, 2);
    char path[256];
    strcpy(path, scratch("w.weights"));
    save(one, path);
    load_weights_upto(two, path, 0, 2);
    gated_vstack *from = vstack_of(&one->layers[1]), *to = vstack_of(&two->layers[1]);
    assert_memory_equal(from->w->value, to->w->value, to->w->n * sizeof(float));
    param *last = base_of(&two->layers[2])->params, *other = base_of(&one->layers[2])->params;
    assert_memory_not_equal(last[1].value, other[1].value, last[1].n * sizeof(float));
    free_network(one);
    free_network(two);
}

static void a_pipe_is_no_weights_file(void **state)
{
    (void)state;
    network *net = net_of_text(family[0].cfg, 1);
    const char *pipe_name = scratch("pipe.weights");
    char message[4096];
    assert_int_equal(mkfifo(pipe_name, 0777), 0);
    int held = open(pipe_name, O_RDWR);
    assert_int_equal(load_status(net, pipe_name, message, sizeof message), 1);
    assert_non_null(strstr(message, "a pipe, not a file"));
    close(held);
    free_network(net);
}

static void save_on_a_small_disk(network *net, char *path)
{
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
    save_weights(net, path);
}

/* A file that cannot be written leaves the one that was there, and nothing else. */
static void a_failed_save_keeps_the_old_file(void **state)
{
    (void)state;
    network *net = net_of_text(family[0].cfg, 1);
    const char *path = scratch("keep.weights");
    char message[4096];
    size_t before, after;
    save(net, path);
    char *old = read_whole(path, &before);
    assert_true(before > 1000);
    assert_int_equal(status_of(save_on_a_small_disk, net, path, message, sizeof message), 1);
    assert_non_null(strstr(message, "keep.weights: cannot write: File too large"));
    char *now = read_whole(path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(old, now, before);
    run_result r;
    run_command(&r, "ls %s | grep tmp", scratch(""));
    assert_string_equal(r.out, "");
    assert_int_equal(status_of(save_weights, net, "/nowhere/at/all.weights", message, sizeof message), 1);
    assert_non_null(strstr(message, "/nowhere/at/all.weights"));
    assert_int_equal(status_of(save_weights, net, "/dev/full", message, sizeof message), 1);
    assert_non_null(strstr(message, "/dev/full"));
    free(old);
    free(now);
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(same_loss_after_loading), cmocka_unit_test(layout_is_the_documented_one),
          cmocka_unit_test(wrong_sizes_are_refused), cmocka_unit_test(another_cfg_is_refused),
          cmocka_unit_test(masked_weights_must_be_zero), cmocka_unit_test(a_failed_save_keeps_the_old_file),
          cmocka_unit_test(first_layers_are_loaded), cmocka_unit_test(a_pipe_is_no_weights_file))
