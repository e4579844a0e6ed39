#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/commands/options.h"

static void print_default(const option *o)
{
    if (o->type == OPTION_INT) fprintf(stderr, " (%d)", *(int *)o->value);
    if (o->type == OPTION_FLOAT) fprintf(stderr, " (%g)", *(double *)o->value);
    if (o->type == OPTION_TEXT && *(const char **)o->value) fprintf(stderr, " (%s)", *(const char **)o->value);
}

/* What the words in a form stand for, and a file that exists for the example. */
static const struct {
    const char *word, *meaning, *example;
} words[] = {
    {"CFG", "the network's description: a file in cfg/, or your own (docs/cfg.md)", "cfg/gated_pixelcnn.cfg"},
    {"WEIGHTS", "weights that train wrote to its backup folder, or a file in weights/",
     "weights/gated_pixelcnn.weights"},
    {"DATA", "a folder of MNIST or CIFAR-10 files, or with a sub-folder of PNG and JPEG files per class (docs/data.md)",
     "data/mnist"},
    {"NETS", "more CFG WEIGHTS, to classify with an ensemble (docs/using.md)", 0},
    {"IMAGES", "a PNG or JPEG file, or a folder of them without sub-folders", 0}};
enum { NWORDS = sizeof words / sizeof *words };

/* The place of a whole word in a form. */
static const char *find_word(const char *form, const char *word)
{
    for (size_t n = strlen(word); (form = strstr(form, word)); form += n)
        if (!form[n] || strchr(" |]", form[n])) return form;
    return 0;
}

void explain_arguments(const char *form, FILE *to)
{
    for (int i = 0; i < NWORDS; ++i)
        if (find_word(form, words[i].word)) fprintf(to, "    %-18s %s\n", words[i].word, words[i].meaning);
}

/* With the arguments that the command needs. */
static void print_example(const command_form *c)
{
    const char *bracket = strchr(c->arguments, '[');
    fprintf(stderr, "    Example: ./darknet pixelcnn %s", c->name);
    for (int i = 0; i < NWORDS; ++i) {
        const char *at = words[i].example ? find_word(c->arguments, words[i].word) : 0;
        if (at && (!bracket || at < bracket)) fprintf(stderr, " %s", words[i].example);
    }
    fputc('\n', stderr);
}

void print_usage(const command_form *c, const option *o, int noptions)
{
    fprintf(stderr, "usage: ./darknet pixelcnn %s%s%s\n    %s\n", c->name, *c->arguments ? " " : "", c->arguments,
            c->summary);
    explain_arguments(c->arguments, stderr);
    for (int i = 0; i < noptions; ++i) {
        fprintf(stderr, "    %-18s %s", o[i].name, o[i].meaning);
        print_default(o + i);
        fputc('\n', stderr);
    }
    print_example(c);
}

int is_help(const char *argument) { return !strcmp(argument, "-help") || !strcmp(argument, "--help"); }

/* Of its name, without the placeholder. */
static int name_length(const option *o) { return (int)strcspn(o->name, " "); }

static const option *find_option(const command_form *c, const option *o, int noptions, const char *name)
{
    char known[512] = "";
    for (int i = 0; i < noptions; ++i) {
        int n = name_length(o + i);
        if (!strncmp(o[i].name, name, n) && !name[n]) return o + i;
        snprintf(known + strlen(known), sizeof known - strlen(known), " %.*s", n, o[i].name);
    }
    die("pixelcnn %s: unknown option %s; options are:%s", c->name, name, known);
}

static void read_value(const command_form *c, const option *o, const char *text)
{
    int n = name_length(o);
    if (!text || !*text) die("pixelcnn %s: %.*s needs a value (%s)", c->name, n, o->name, o->meaning);
    if (o->type == OPTION_TEXT) {
        *(const char **)o->value = text;
        return;
    }
    char *end;
    double x = o->type == OPTION_INT ? (double)strtoll(text, &end, 10) : strtod(text, &end);
    if (end == text || *end || !isfinite(x) || x < o->lowest || x > o->highest)
        die("pixelcnn %s: %.*s %s: expected %s from %.10g to %.10g (%s)", c->name, n, o->name, text,
            o->type == OPTION_INT ? "an integer" : "a number", o->lowest, o->highest, o->meaning);
    if (o->type == OPTION_INT)
        *(int *)o->value = (int)x;
    else
        *(double *)o->value = x;
}

/* A dash and a letter; "-1" and "-" are arguments. */
static int is_option(const char *a) { return a[0] == '-' && a[1] && !strchr("0123456789.", a[1]); }

int has_option(const char *name, int argc, char **argv)
{
    for (int i = 0; i < argc; ++i)
        if (!strcmp(argv[i], name)) return 1;
    return 0;
}

const char **read_options(const command_form *c, const option *o, int noptions, int argc, char **argv)
{
    const char **arguments = checked_calloc(c->most + 1, sizeof *arguments);
    int n = 0;
    for (int i = 0; i < argc; ++i) {
        if (!is_option(argv[i])) {
            if (n == c->most)
                die("pixelcnn %s: one argument too many: '%s'; expected: %s", c->name, argv[i], c->arguments);
            arguments[n++] = argv[i];
            continue;
        }
        if (is_help(argv[i])) {
            print_usage(c, o, noptions);
            exit(0);
        }
        const option *match = find_option(c, o, noptions, argv[i]);
        if (match->type == OPTION_FLAG)
            *(int *)match->value = 1;
        else
            read_value(c, match, argv[++i]);
    }
    if (n < c->least) {
        print_usage(c, o, noptions);
        exit(1);
    }
    return arguments;
}
