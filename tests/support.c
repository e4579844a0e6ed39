/*
support.c - what the tests share. See support.h.
*/
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/random.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "tests/family.h"
#include "tests/support.h"

static char folder[64];
static pid_t owner; // the process that created it; a forked one does not remove it

/* Commands run with default signal handling, even if the tests were started with ignored signals (nohup, a
   shell's background). */
static __attribute__((constructor)) void take_signals(void)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT};
    for (int i = 0; i < 3; ++i) signal(signals[i], SIG_DFL);
}

static void remove_scratch(void)
{
    if (getpid() != owner) return;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command)) fprintf(stderr, "%s stays\n", folder);
}

const char *scratch(const char *name)
{
    static char paths[16][256];
    static int next;
    if (!folder[0]) {
        strcpy(folder, "/tmp/pixelcnn-test.XXXXXX");
        assert_non_null(mkdtemp(folder));
        owner = getpid();
        atexit(remove_scratch);
    }
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

void write_file(const char *path, const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

void write_text(const char *path, const char *text) { write_file(path, text, strlen(text)); }

char *read_whole(const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("%s is missing", path);
    fseek(f, 0, SEEK_END);
    size_t n = ftell(f);
    rewind(f);
    char *data = checked_calloc(n + 1, 1);
    assert_int_equal(fread(data, 1, n, f), n);
    fclose(f);
    if (bytes) *bytes = n;
    return data;
}

int file_exists(const char *path) { return !access(path, F_OK); }

static void write_idx(const char *dir, const char *name, const int *dims, int ndims, int below, int seed)
{
    char path[512];
    size_t items = 1, at = 4;
    unsigned char *data = checked_calloc(64 << 20, 1);
    data[2] = 8;
    data[3] = ndims;
    for (int i = 0; i < ndims; ++i, at += 4) {
        items *= dims[i];
        data[at + 2] = dims[i] >> 8;
        data[at + 3] = dims[i];
    }
    for (size_t i = 0; i < items; ++i) data[at + i] = random_unit(seed, STREAM_SAMPLE, i, 0) * below;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    write_file(path, data, at + items);
    free(data);
}

/* Removes images of the other kind from an earlier call. */
static void remove_old(const char *dir, const char *split_name, int ndims)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s-images-idx%d-ubyte", dir, split_name, ndims);
    remove(path);
}

const char *make_toy_data(const char *dir, toy_data t)
{
    const char *splits[] = {"train", "t10k"};
    mkdir(dir, 0777);
    for (int s = 0; s < 2; ++s) {
        char images[64], labels[64];
        int grey[] = {t.n, t.h, t.w}, colour[] = {t.n, t.c, t.h, t.w};
        snprintf(images, sizeof images, "%s-images-idx%d-ubyte", splits[s], t.c == 1 ? 3 : 4);
        snprintf(labels, sizeof labels, "%s-labels-idx1-ubyte", splits[s]);
        remove_old(dir, splits[s], t.c == 1 ? 4 : 3);
        write_idx(dir, images, t.c == 1 ? grey : colour, t.c == 1 ? 3 : 4, 256, t.seed + s);
        write_idx(dir, labels, &t.n, 1, t.classes, t.seed + s + 100);
    }
    return dir;
}

network *net_of_text(const char *text, int seed)
{
    const char *path = scratch("net.cfg");
    write_text(path, text);
    fflush(stderr);
    int shown = dup(2), null = open("/dev/null", O_WRONLY);
    dup2(null, 2);
    network *net = parse_pixelcnn_cfg(path, (net_overrides){0});
    fflush(stderr);
    dup2(shown, 2);
    close(shown);
    close(null);
    init_params(net, seed);
    return net;
}

void fill_biases(network *net, int seed)
{
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i)
        for (size_t k = 0; all.p[i].fan_in == 0 && k < all.p[i].n; ++k)
            all.p[i].value[k] = .4 * random_unit(seed, STREAM_SAMPLE, i, k) - .2;
    free_param_list(&all);
}

network *family_member(int i, int seed)
{
    network *net = net_of_text(family[i].cfg, seed);
    fill_biases(net, seed + 1);
    return net;
}

static void random_label(float *t, int classes, int seed, int b, int soft)
{
    memset(t, 0, classes * sizeof(float));
    if (!soft)
        t[random_bits(seed, STREAM_SAMPLE, b, 1000000) % classes] = 1;
    else
        for (int k = 0; k < classes; ++k) t[k] = random_unit(seed, STREAM_SAMPLE, b, 1000000 + k);
}

void random_batch(network *net, int seed, int soft_labels)
{
    int levels = loss_of(net)->levels;
    label_embed *label = label_of(net);
    for (int b = 0; b < net->batch; ++b) {
        float *x = net->input + (size_t)b * net->inputs, *y = net->truth + (size_t)b * net->truths;
        for (int i = 0; i < net->truths; ++i) {
            y[i] = random_bits(seed, STREAM_SAMPLE, b, i) % levels;
            x[i] = input_of_level(y[i], levels);
        }
        if (label) random_label(x + net->truths, label->classes, seed, b, soft_labels);
    }
}

double net_nll(network *net)
{
    double sum = 0;
    forward_network(net);
    for (int b = 0; b < net->batch; ++b) sum += loss_of(net)->nll[b];
    return sum;
}

static void read_into(char *to, size_t size, const char *path)
{
    size_t n;
    char *text = read_whole(path, &n);
    if (n >= size) n = size - 1;
    memcpy(to, text, n);
    to[n] = 0;
    free(text);
}

void run_command(run_result *r, const char *format, ...)
{
    char command[4096], whole[8192];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    const char *out = scratch("stdout"), *err = scratch("stderr");
    snprintf(whole, sizeof whole, "( %s ) >%s 2>%s </dev/null", command, out, err);
    int status = system(whole);
    r->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    read_into(r->out, sizeof r->out, out);
    read_into(r->err, sizeof r->err, err);
}

void need_preload(void)
{
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
}

const char *darknet(void)
{
    const char *other = getenv("TESTED_DARKNET");
    if (other) return other;
#ifdef __SANITIZE_ADDRESS__
    setenv("ASAN_OPTIONS", "detect_leaks=1", 1); // they count where it succeeds: base/asan_leaks.c
    return "build/cpu-asan/darknet";
#else
    return "./darknet";
#endif
}

float *random_floats(size_t n, int stream)
{
    float *x = checked_calloc(n, sizeof(float));
    for (size_t i = 0; i < n; ++i) x[i] = random_unit(stream, STREAM_SAMPLE, i, 0) - .5;
    return x;
}

double largest(const float *x, size_t n)
{
    double top = 0;
    for (size_t i = 0; i < n; ++i) top = fabs(x[i]) > top ? fabs(x[i]) : top;
    return top;
}

int times_in(const char *text, const char *word)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word)) ++n;
    return n;
}

double number_in(const char *json, const char *key)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\": ", key);
    const char *at = strstr(json, quoted);
    char *end;
    if (!at) fail_msg("no %s in %s", key, json);
    at += strlen(quoted);
    double x = strtod(at, &end);
    if (end == at) fail_msg("no number behind %s in %s", key, json);
    return x;
}

static long status_of(long process, const char *format)
{
    char path[64], line[256];
    long kib = -1;
    snprintf(path, sizeof path, "/proc/%ld/status", process);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) sscanf(line, format, &kib);
    if (f) fclose(f);
    return kib;
}

long resident_kib(long process) { return status_of(process, "VmRSS: %ld"); }
long peak_kib(long process) { return status_of(process, "VmHWM: %ld"); }
