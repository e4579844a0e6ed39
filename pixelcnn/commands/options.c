/*
options.c - command lines. See options.h.
*/
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "layers/gated.h"
#include "pixelcnn/commands/options.h"

static const char *placeholder(option_type t)
{
    return t == OPTION_FLAG ? "" : t == OPTION_INT ? " N" : t == OPTION_FLOAT ? " X" : " TEXT";
}

static void print_default(const option *o)
{
    if (o->type == OPTION_INT) fprintf(stderr, " (%d)", *(int *)o->value);
    if (o->type == OPTION_FLOAT) fprintf(stderr, " (%g)", *(double *)o->value);
    if (o->type == OPTION_TEXT && *(const char **)o->value) fprintf(stderr, " (%s)", *(const char **)o->value);
}

/* What the words in a form stand for; and one that can be had, for the example. */
static const struct {
    const char *word, *meaning, *example;
} words[] = {
    {"CFG", "the network: a file in cfg/, or your own (docs/cfg.md)", "cfg/gated_pixelcnn.cfg"},
    {"WEIGHTS", "what train wrote into its backup folder, or a file in weights/", "weights/gated_pixelcnn.weights"},
    {"DATA", "a folder: MNIST's or CIFAR-10's files, or PNG and JPEG in a sub-folder a class (docs/data.md)",
     "data/mnist"},
    {"NETS", "further CFG WEIGHTS, of nets whose opinions are pooled with the first one's (docs/using.md)", 0},
    {"IMAGES", "a PNG or JPEG, or a folder that has such files and no sub-folders", 0}};
enum { NWORDS = sizeof words / sizeof *words };

/* Where a word stands in a form, as a whole. */
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

/* A command line with all arguments that the command needs. */
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
        char left[64];
        snprintf(left, sizeof left, "%s%s", o[i].name, placeholder(o[i].type));
        fprintf(stderr, "    %-18s %s", left, o[i].meaning);
        print_default(o + i);
        fputc('\n', stderr);
    }
    print_example(c);
}

int is_help(const char *argument) { return !strcmp(argument, "-help") || !strcmp(argument, "--help"); }

static const option *find_option(const command_form *c, const option *o, int noptions, const char *name)
{
    char known[512] = "";
    for (int i = 0; i < noptions; ++i) {
        if (!strcmp(o[i].name, name)) return o + i;
        snprintf(known + strlen(known), sizeof known - strlen(known), " %s", o[i].name);
    }
    die("pixelcnn %s: unknown option %s; it has:%s", c->name, name, known);
}

static void read_value(const command_form *c, const option *o, const char *text)
{
    if (!text || !*text) die("pixelcnn %s: %s needs a value (%s)", c->name, o->name, o->meaning);
    if (o->type == OPTION_TEXT) {
        *(const char **)o->value = text;
        return;
    }
    char *end;
    double x = o->type == OPTION_INT ? (double)strtoll(text, &end, 10) : strtod(text, &end);
    if (end == text || *end || !isfinite(x) || x < o->lowest || x > o->highest)
        die("pixelcnn %s: %s %s: expected %s from %.10g to %.10g (%s)", c->name, o->name, text,
            o->type == OPTION_INT ? "a whole number" : "a number", o->lowest, o->highest, o->meaning);
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
                die("pixelcnn %s: '%s' is one argument too many; expected: %s", c->name, argv[i], c->arguments);
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
