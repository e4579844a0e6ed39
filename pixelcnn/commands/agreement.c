#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/atomic_file.h"
#include "base/command_line.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "base/text.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/version.h"

enum { MOST_FACTS = 32, COMPARED = 64 }; // COMPARED: images

typedef struct {
    shared_fact fact[MOST_FACTS];
    int n;
} fact_list;

static void add_hash(fact_list *l, const char *what, uint64_t hash, const char *value)
{
    if (l->n == MOST_FACTS) return;
    shared_fact *f = l->fact + l->n++;
    f->what = what;
    f->hash = hash;
    snprintf(f->value, sizeof f->value, "%s", value);
}

static void add_text(fact_list *l, const char *what, const char *text)
{
    add_hash(l, what, XXH64(text, strlen(text), 0), text);
}

static void add_file(fact_list *l, const named_path *input)
{
    file_mark m;
    char value[128] = "none";
    if (!input->path) return;
    int there = !mark_file(input->path, &m); // all ranks list the same facts, or cannot compare them
    if (there) snprintf(value, sizeof value, "%.100s, XXH64 %016llx", input->path, (unsigned long long)m.hash);
    add_hash(l, input->name, there ? m.hash : 0, value);
}

/* The file that runs, and what it says of itself. */
static void add_program(fact_list *l)
{
    file_mark m;
    char text[100], value[128];
    describe_program(text, sizeof text);
    uint64_t hash = XXH64(text, strlen(text), mark_file("/proc/self/exe", &m) ? 0 : m.hash);
    snprintf(value, sizeof value, "%s, XXH64 %016llx", text, (unsigned long long)hash);
    add_hash(l, "program", hash, value);
}

/* The C library's functions that rates, Adam's corrections and distortion come from. Its versions round them
   differently, and it chooses among variants by CPU. */
static void add_mathematics(fact_list *l)
{
    enum { SOME = 200 };
    double x[SOME][5];
    char value[128];
    for (int i = 0; i < SOME; ++i) {
        double at = (i + 1) * .37;
        x[i][0] = exp(-at);
        x[i][1] = log(at);
        x[i][2] = pow(.999, i + 1);
        x[i][3] = sin(at);
        x[i][4] = cos(at);
    }
    uint64_t hash = XXH64(x, sizeof x, 0);
    snprintf(value, sizeof value, "exp, log, pow, sin and cos with XXH64 %016llx", (unsigned long long)hash);
    add_hash(l, "C library", hash, value);
}

/* Of images evenly from all, with their labels. */
static uint64_t hash_of_some(const dataset *d)
{
    int shape[] = {d->n, d->c, d->h, d->w, has_labels(d) ? d->classes : 0};
    size_t bytes = (size_t)d->c * d->h * d->w;
    unsigned char *image = checked_malloc(bytes);
    float *label = checked_calloc(d->classes, sizeof *label);
    uint64_t hash = XXH64(shape, sizeof shape, 0);
    for (int k = 0; k < COMPARED && k < d->n; ++k) {
        int i = (int)((long long)k * d->n / (d->n < COMPARED ? d->n : COMPARED));
        read_images(d, i, 1, image);
        hash = XXH64(image, bytes, hash);
        if (!has_labels(d)) continue;
        read_label(d, i, label);
        hash = XXH64(label, d->classes * sizeof *label, hash);
    }
    free(image);
    free(label);
    return hash;
}

static void add_data(fact_list *l, const char *data, const dataset *d)
{
    char value[512];
    uint64_t hash = hash_of_some(d);
    snprintf(value, sizeof value, "%d image%s of %d x %d x %d in %.400s, XXH64 %016llx", d->n, plural_s(d->n), d->w,
             d->h, d->c, data, (unsigned long long)hash);
    add_hash(l, "data", hash, value);
}

void agree_on_work(const named_path *inputs, const char *data, const dataset *d)
{
    fact_list l = {.n = 0};
    char *line = command_line();
    if (rank_count() > 1) {
        add_program(&l);
        add_mathematics(&l);
        add_text(&l, "command line", line);
        for (const named_path *i = inputs; i->name; ++i) add_file(&l, i);
        if (d) add_data(&l, data, d);
        agree_on(l.fact, l.n);
    }
    free(line);
}
