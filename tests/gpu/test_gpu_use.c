/*
test_gpu_use.c - the whole program on a device: training and samples compared with the CPU's, and its
errors when a device cannot be used. The latter in the emulator only, whose devices have any number and size.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/support.h"

static run_result r;

/* The program of this build: two folders up from this test. */
static const char *program(void)
{
    static char path[4200];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 16);
    if (n < 0) n = 0;
    path[n] = 0;
    for (int i = 0; i < 3; ++i) *strrchr(path, '/') = 0;
    return strcat(path, "/darknet");
}

static int is_emulated(void)
{
    run_command(&r, "CUEMU_DEVICES=1 %s pixelcnn version", program());
    return strstr(r.out, "emulated") != 0;
}

static const char net_cfg[] = "[net]\nbatch=4\nheight=6\nwidth=5\nchannels=1\nadam=1\nlearning_rate=.01\ndecay=.001\n"
                              "clip_norm=.5\nema=.9\nmax_batches=6\n[label_embed]\nclasses=3\nsize=4\ndropout=.3\n"
                              "[gated_vstack]\nfilters=4\nsize=3\n[gated_hstack]\nfilters=4\nsize=3\nmask=a\n"
                              "[gated_vstack]\nfilters=4\nsize=3\nfactored=1\n[gated_hstack]\nfilters=4\nsize=3\n"
                              "[skip_sum]\nfilters=4\nactivation=relu\n"
                              "[convolutional]\nfilters=4\nsize=1\nactivation=linear\n[pixel_softmax]\nlevels=4\n";

static const char *cfg(void)
{
    write_text(scratch("use.cfg"), net_cfg);
    return scratch("use.cfg");
}

static const char *toys(void)
{
    return make_toy_data(scratch("toys"), (toy_data){.n = 40, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 2});
}

/* bits/dim of each iteration; returns how many. */
static int losses(const char *csv, double *of, int most)
{
    int n = 0;
    char *text = read_whole(csv, 0), *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) && n < most;) n += sscanf(line, "%*d,%*d,%*[^,],%lf", of + n) == 1;
    free(text);
    return n;
}

static void train(const char *folder, const char *options)
{
    run_command(&r, "CUEMU_DEVICES=2 %s pixelcnn train %s %s -backup %s -seed 7 %s", program(), cfg(), toys(),
                scratch(folder), options);
    if (r.status) print_message("%s\n", r.err);
    assert_int_equal(r.status, 0);
}

static void same_training(const char *folder, const char *options)
{
    enum { MOST = 32 };
    double a[MOST], b[MOST];
    char csv[2][4200];
    train("cpu", "-nogpu -clear");
    train(folder, options);
    snprintf(csv[0], sizeof csv[0], "%s/use.csv", scratch("cpu"));
    snprintf(csv[1], sizeof csv[1], "%s/use.csv", scratch(folder));
    int n = losses(csv[0], a, MOST);
    assert_true(n >= 6);
    assert_int_equal(losses(csv[1], b, MOST), n);
    for (int i = 0; i < n; ++i) assert_true(fabs(a[i] - b[i]) <= 1e-4 * a[i]);
}

static void it_trains_as_the_cpu(void **state)
{
    (void)state;
    same_training("device", "-clear");
}

static void two_devices_train_as_the_cpu(void **state)
{
    (void)state;
    run_command(&r, "CUEMU_DEVICES=2 %s pixelcnn version", program());
    if (!strstr(r.out, "device_1")) skip();
    same_training("devices", "-clear -gpus 0,1");
    assert_non_null(strstr(r.err, "2 devices, each with 2 images per pass"));
}

static void draw(const char *file, const char *options)
{
    run_command(&r, "%s pixelcnn sample %s %s/use_final.weights -n 6 -label all -seed 3 -out %s %s", program(), cfg(),
                scratch("drawn"), scratch(file), options);
    assert_int_equal(r.status, 0);
}

static void it_draws_as_the_cpu(void **state)
{
    (void)state;
    size_t bytes[2];
    train("drawn", "-nogpu -clear");
    draw("device.png", "");
    draw("cpu.png", "-nogpu");
    char *a = read_whole(scratch("device.png"), bytes), *b = read_whole(scratch("cpu.png"), bytes + 1);
    assert_int_equal(bytes[0], bytes[1]);
    assert_memory_equal(a, b, bytes[0]);
    free(a);
    free(b);
}

/* A run started on the CPU continues on the device, and the other way round, as the same run. */
static void a_run_moves_between_devices(void **state)
{
    (void)state;
    enum { MOST = 32 };
    double a[MOST], b[MOST];
    char csv[4200];
    train("whole", "-nogpu -clear");
    snprintf(csv, sizeof csv, "%s/use.csv", scratch("whole"));
    int n = losses(csv, a, MOST);
    run_command(&r, "sed -i s/max_batches=6/max_batches=3/ %s && %s pixelcnn train %s %s -backup %s -seed 7", cfg(),
                program(), scratch("use.cfg"), toys(), scratch("moved"));
    assert_int_equal(r.status, 0);
    train("moved", "-nogpu");
    snprintf(csv, sizeof csv, "%s/use.csv", scratch("moved"));
    assert_int_equal(losses(csv, b, MOST), n);
    for (int i = 0; i < n; ++i) assert_true(fabs(a[i] - b[i]) <= 1e-4 * a[i]);
}

static void refused(const char *with, const char *arguments, const char *words)
{
    run_command(&r, "%s %s %s", with, program(), arguments);
    if (r.status != 1 || !strstr(r.err, words)) print_message("%s: %d: %s\n", arguments, r.status, r.err);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, words));
}

static void an_unusable_device_is_reported(void **state)
{
    (void)state;
    char arguments[9000];
    if (!is_emulated()) skip();
    snprintf(arguments, sizeof arguments, "pixelcnn train %s %s -backup %s", cfg(), toys(), scratch("none"));
    refused("CUEMU_DEVICES=0", arguments, "no NVIDIA driver was found");
    refused("CUEMU_MEMORY=0", arguments, "no free device memory");
    refused("CUEMU_MEMORY=1", "pixelcnn sample", "out of device memory");
    refused("CUEMU_DRIVER=12020", arguments,
            "the NVIDIA driver is for CUDA 12.2, too old; needed: a driver for CUDA 13");
    refused("CUEMU_LAUNCH=209", arguments, "compute capability 9.0): this program has machine code for");
    refused("CUEMU_LAUNCH=222", arguments, "needed: a newer driver or a build with ARCH=sm_90");
    refused("CUEMU_LAUNCH=999", arguments, "cudaErrorUnknown");
    strcat(arguments, " -gpus 0,1");
    refused("CUEMU_DEVICES=1", arguments, "no device 1: this machine has 1");
    strcat(arguments, ",2");
    refused("CUEMU_DEVICES=3", arguments, "cannot divide 4 images per pass among 3 devices");
    refused("CUEMU_DEVICES=2", "-i 2 pixelcnn sample", "no device 2: this machine has 2");
    refused("", "pixelcnn sample -i x", "-i x: expected a device number");
    refused("", "pixelcnn sample -i", "-i : expected a device number");
    snprintf(arguments, sizeof arguments, "pixelcnn train %s %s -gpus 0,0", cfg(), toys());
    refused("", arguments, "device 0 is listed twice");
    arguments[strlen(arguments) - 2] = ':';
    refused("", arguments, "expected device numbers separated by commas");
}

/* The fastest algorithm in a measurement changes from run to run, and with it the bits. */
static void deterministic_measures_no_algorithms(void **state)
{
    (void)state;
    run_command(&r, "CUEMU_DEVICES=1 %s pixelcnn version", program());
    if (!strstr(r.out, "emulated") || !strstr(r.out, "cuDNN")) skip();
    char arguments[9000];
    snprintf(arguments, sizeof arguments, "pixelcnn train %s %s -backup %s", cfg(), toys(), scratch("unmeasured"));
    refused("CUEMU_NO_FIND=1", arguments, "CUDNN_STATUS_EXECUTION_FAILED");
    run_command(&r, "CUEMU_NO_FIND=1 %s -deterministic %s", program(), arguments);
    if (r.status) fail_msg("%s", r.err);
}

/* Launching is part of the time until the device has finished. */
static void bench_tells_launching_from_computing(void **state)
{
    (void)state;
    run_command(&r, "%s pixelcnn bench %s -batch 2 -seconds 0 -only training -json", program(), cfg());
    if (r.status) fail_msg("%s", r.err);
    double launching = number_in(r.out, "launching_seconds"), passes = number_in(r.out, "passes_seconds");
    assert_true(launching > 0 && launching <= passes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_trains_as_the_cpu),
                                       cmocka_unit_test(two_devices_train_as_the_cpu),
                                       cmocka_unit_test(it_draws_as_the_cpu),
                                       cmocka_unit_test(a_run_moves_between_devices),
                                       cmocka_unit_test(deterministic_measures_no_algorithms),
                                       cmocka_unit_test(bench_tells_launching_from_computing),
                                       cmocka_unit_test(an_unusable_device_is_reported)};
    return cmocka_run_group_tests(tests, 0, 0);
}
