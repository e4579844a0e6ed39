/* The result of training, and what to do with it. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/command_line.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/shell_word.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/train_loop.h"

/* ---- result ---- */

void print_result(const training *t)
{
    char file[PATH_MAX];
    int watched = t->watch.net != 0; // else there was nothing to do
    snprintf(file, sizeof file, "%s/%s_final.weights", t->o.backup, t->base);
    if (!t->o.json) {
        printf("%s\n", printable_on(stdout, file));
        return;
    }
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_text(&j, "weights", file);
    json_number(&j, "iterations", "%zu", get_current_batch(t->net));
    json_number(&j, "images", "%zu", *t->net->seen);
    json_number(&j, "seconds", "%.1f", watched ? seconds_trained(&t->watch) : t->done.seconds);
    if (watched)
        json_number(&j, "validation_bits_per_dim", "%.6f", t->watch.validation);
    else
        json_number(&j, "validation_bits_per_dim", "null");
    json_number(&j, "best_bits_per_dim", "%.6f", t->done.best);
    json_end(&j, '}');
}

/* ---- next command ---- */

enum { MOST_ROWS = 10, MOST_ATTRIBUTES = 16 };

/* How the program was called, up to the command, with its options for devices from anywhere. */
static void write_program(FILE *to, char *const *words)
{
    int before = 1;
    for (char *const *w = words; *w; ++w) {
        int device = !strcmp(*w, "-nogpu") || !strcmp(*w, "-tf32") || !strcmp(*w, "-deterministic");
        int number = !strcmp(*w, "-i") && w[1];
        before = before && strcmp(*w, "train");
        if (!before && !device && !number) continue;
        write_shell_word(to, *w);
        fputc(' ', to);
        if (number) write_shell_word(to, *++w), fputc(' ', to);
    }
}

/* As an argument: it must not look like an option. */
static void write_path(FILE *to, const char *path)
{
    char apart[PATH_MAX + 2];
    snprintf(apart, sizeof apart, "%s%s", *path == '-' ? "./" : "", path);
    fputc(' ', to);
    write_shell_word(to, apart);
}

/* A row for each class if these are few, else classes in turn; for attributes those of a held-out image. */
static void write_label(FILE *to, const training *t)
{
    const label_embed *e = label_of(t->net);
    if (e && !e->attributes && e->classes > 1 && e->classes <= MOST_ROWS) fputs(" -label all", to);
    if (!e || !e->attributes) return;
    float label[MOST_ATTRIBUTES];
    read_label(&t->train, t->train.n - t->held, label); // suggest_sampling has checked that they match
    for (int k = 0; k < e->classes; ++k) fprintf(to, "%s%.9g", k ? "," : " -label ", label[k]);
}

void suggest_sampling(const training *t)
{
    char weights[PATH_MAX], **words = command_words();
    const label_embed *e = label_of(t->net);
    int known = words && !(e && e->attributes && e->classes > MOST_ATTRIBUTES);
    if (known) {
        snprintf(weights, sizeof weights, "%s/%s_final.weights", t->o.backup, t->base);
        fputs("to draw with it: ", stderr);
        write_program(stderr, words);
        fputs("sample", stderr);
        write_path(stderr, t->cfg);
        write_path(stderr, weights);
        write_label(stderr, t);
        fputc('\n', stderr);
    }
    free(words);
}
