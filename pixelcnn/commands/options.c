#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/similar.h"
#include "pixelcnn/commands/arguments.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/help.h"

enum { MOST_OPTIONS = 64, MOST_CHOICES = 16, LONGEST_NAME = 64 };

/* ---- names ---- */

void accept_double_dashes(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--"); ++i)
        if (!strncmp(argv[i], "--", 2)) ++argv[i];
}

int is_help(const char *a) { return !strcmp(a, "-h") || !strcmp(a, "-help") || !strcmp(a, "--help"); }

int option_name_length(const option *o) { return (int)strcspn(o->name, " "); }

/* The option with the first n letters of a name, or NULL. */
static const option *option_with(const command_form *c, const char *name, size_t n)
{
    for (int i = 0; i < c->noptions; ++i)
        if ((size_t)option_name_length(c->options + i) == n && !strncmp(c->options[i].name, name, n))
            return c->options + i;
    return 0;
}

const option *option_named(const command_form *c, const char *name) { return option_with(c, name, strlen(name)); }

/* The other commands that have this option, for a message; "" if there is none. */
static const char *commands_with(const char *name)
{
    static char list[256];
    int found = 0;
    *list = 0;
    for (int i = 0; i < ncommands; ++i)
        if (option_named(commands[i], name))
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", found++ ? ", " : "", commands[i]->name);
    return list;
}

static __attribute__((noreturn)) void die_unknown_option(const command_form *c, const char *name)
{
    char names[MOST_OPTIONS][LONGEST_NAME], all[1024] = "";
    const char *list[MOST_OPTIONS], *others = commands_with(name);
    int n = c->noptions < MOST_OPTIONS ? c->noptions : MOST_OPTIONS;
    for (int i = 0; i < n; ++i) {
        snprintf(names[i], LONGEST_NAME, "%.*s", option_name_length(c->options + i), c->options[i].name);
        list[i] = names[i] + 1;
        snprintf(all + strlen(all), sizeof all - strlen(all), " %.63s", names[i]);
    }
    const char *meant = most_similar(name + 1, list, n);
    if (!n) die("pixelcnn %s: unknown option %s; %s has no options", c->name, name, c->name);
    if (*others) die("pixelcnn %s: unknown option %s (an option of: %s); options are:%s", c->name, name, others, all);
    if (meant) die("pixelcnn %s: unknown option %s; did you mean -%s? (-help shows all)", c->name, name, meant);
    die("pixelcnn %s: unknown option %s; options are:%s (-help explains them)", c->name, name, all);
}

/* ---- values ---- */

/* Splits "-only training|sampling" into the words that are allowed; *open becomes 1 if any other text is.
   Returns how many. */
static int choices_of(const option *o, char words[MOST_CHOICES][LONGEST_NAME], int *open)
{
    int n = 0;
    *open = !strchr(o->name, ' ');
    for (const char *at = strchr(o->name, ' '), *word = at; at && n < MOST_CHOICES; at = *at ? at : 0) {
        word = at + 1;
        at = word + strcspn(word, "|");
        if (isupper((unsigned char)*word))
            *open = 1;
        else
            snprintf(words[n++], LONGEST_NAME, "%.*s", (int)(at - word), word);
    }
    return n;
}

/* For an option that takes a word from a list or a FILE: a text similar to one of the words must be an
   existing file. */
static void check_choice(const command_form *c, const option *o, const char *text)
{
    char words[MOST_CHOICES][LONGEST_NAME];
    const char *list[MOST_CHOICES];
    int open, n = choices_of(o, words, &open);
    for (int i = 0; i < n; ++i) list[i] = words[i];
    for (int i = 0; i < n; ++i)
        if (!strcmp(list[i], text)) return;
    const char *meant = most_similar(text, list, n);
    if (!n || (open && (!meant || !access(text, F_OK)))) return;
    die("pixelcnn %s: %.*s %s: expected %s%s%s%s", c->name, option_name_length(o), o->name, text,
        strchr(o->name, ' ') + 1, meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
}

static void read_number(const command_form *c, const option *o, const char *text)
{
    char *end;
    double x = o->type == OPTION_INT ? (double)strtoll(text, &end, 10) : strtod(text, &end);
    if (end == text || *end || !isfinite(x) || x < o->lowest || x > o->highest)
        die("pixelcnn %s: %.*s %s: expected %s from %.10g to %.10g (%s)", c->name, option_name_length(o), o->name, text,
            o->type == OPTION_INT ? "an integer" : "a number", o->lowest, o->highest, o->meaning);
    if (o->type == OPTION_INT)
        *(int *)o->value = (int)x;
    else
        *(double *)o->value = x;
}

static void need_value(const command_form *c, const option *o, const char *text)
{
    int n = option_name_length(o);
    const char *value = o->type == OPTION_PAIR ? strchr(o->name, ' ') + 1 : "a value";
    if (!text || !*text) die("pixelcnn %s: %.*s needs %s (%s)", c->name, n, o->name, value, o->meaning);
    if (text[0] == '-' && option_named(c, text))
        die("pixelcnn %s: %.*s needs %s (%s), but the option %s follows", c->name, n, o->name, value, o->meaning, text);
}

static void read_value(const command_form *c, const option *o, const char *text)
{
    need_value(c, o, text);
    if (o->type != OPTION_TEXT) {
        read_number(c, o, text);
        return;
    }
    check_choice(c, o, text);
    *(const char **)o->value = text;
}

/* Returns how many words it took. */
static int read_pair(const command_form *c, const option *o, char **text)
{
    need_value(c, o, text[0]);
    return complete_net_pair(c, o, text, o->value);
}

/* ---- command lines ---- */

static const option *given[MOST_OPTIONS];
static int ngiven;

int is_given(const char *name)
{
    for (int i = 0; i < ngiven; ++i)
        if (!strncmp(given[i]->name, name, strlen(name)) && option_name_length(given[i]) == (int)strlen(name)) return 1;
    return 0;
}

/* A dash and a letter; "-1" and "-" are arguments. */
static int is_option(const char *a) { return a[0] == '-' && a[1] && !strchr("0123456789.", a[1]); }

/* Reads argv[0], written -name, -name value, -name=value or -name value value. Returns how many words it
   took. */
static int read_option(const command_form *c, char **argv)
{
    const char *name = argv[0], *equals = strchr(name, '=');
    const option *o = option_with(c, name, equals ? (size_t)(equals - name) : strlen(name));
    if (!o) {
        char alone[LONGEST_NAME];
        snprintf(alone, sizeof alone, "%.*s", (int)strcspn(name, "="), name);
        die_unknown_option(c, alone);
    }
    if (ngiven < MOST_OPTIONS) given[ngiven++] = o;
    if (o->type == OPTION_FLAG && equals)
        die("pixelcnn %s: %s: %.*s takes no value", c->name, name, option_name_length(o), name);
    if (o->type == OPTION_FLAG) {
        *(int *)o->value = 1;
        return 1;
    }
    if (o->type == OPTION_PAIR) {
        if (equals) die("pixelcnn %s: %s: write %s", c->name, name, o->name);
        return 1 + read_pair(c, o, argv + 1);
    }
    read_value(c, o, equals ? equals + 1 : argv[1]);
    return equals ? 1 : 2;
}

/* An option without its dash may be among the arguments, and a path without its quotes. rest: what follows
   them, from the first that is too many. */
static __attribute__((noreturn)) void die_too_many(const command_form *c, const char **arguments, char **rest)
{
    char name[LONGEST_NAME];
    const char *words[MOST_OPTIONS], *extra = arguments[c->most] = rest[0];
    int n = 0;
    for (int i = 0; i < c->most && n < MOST_OPTIONS; ++i) words[n++] = arguments[i];
    for (int i = 0; rest[i] && !is_option(rest[i]) && n < MOST_OPTIONS; ++i) words[n++] = rest[i];
    need_quotes(c, words, n);
    for (int i = 0; i <= c->most; ++i) {
        snprintf(name, sizeof name, "-%s", arguments[i]);
        if (option_named(c, name))
            die("pixelcnn %s: one argument too many: '%s'; did you mean %s?", c->name, arguments[i], name);
    }
    die("pixelcnn %s: one argument too many: '%s'; expected: %s (a name with spaces needs quotes)", c->name, extra,
        *c->arguments ? c->arguments : "none");
}

const char **read_options(const command_form *c, int argc, char **argv)
{
    int n = 0, only_arguments = 0;
    for (int i = 0; i < argc; ++i)
        if (is_help(argv[i])) {
            print_usage(c);
            return 0;
        }
    const char **arguments = checked_calloc(c->most + 2, sizeof *arguments);
    for (int i = 0; i < argc;) {
        if (!only_arguments && !strcmp(argv[i], "--")) {
            only_arguments = 1;
            ++i;
        } else if (!only_arguments && is_option(argv[i])) {
            i += read_option(c, argv + i);
        } else {
            if (n == c->most) die_too_many(c, arguments, argv + i);
            arguments[n++] = argv[i++];
        }
    }
    complete_arguments(c, arguments, n);
    return arguments;
}
