#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/text.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/help.h"
#include "pixelcnn/commands/shipped.h"

enum {
    WIDTH = 99, // of a line
    NARROWEST = 60,
    MEANINGS = 23 // the column in which they start
};

/* ---- names ---- */

static char program[64] = "./darknet";

int is_called_pixelcnn(void) { return !strcmp(name_in_path(program), "pixelcnn"); }

/* A path that is long, or that a shell would need quoted, is shortened to its last part. */
void set_program_name(const char *argv0)
{
    const char *name = argv0 && *name_in_path(argv0) ? argv0 : program;
    if (strlen(name) > 60 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-") != strlen(name))
        name = name_in_path(name);
    if (name != program) snprintf(program, sizeof program, "%s", name);
}

const char *program_name(void)
{
    static char both[sizeof program + 10];
    if (is_called_pixelcnn()) return program;
    snprintf(both, sizeof both, "%s pixelcnn", program);
    return both;
}

/* ---- lines ---- */

/* As wide as the terminal, within limits. */
static int line_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col > WIDTH || !size.ws_col) return WIDTH;
    return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}

/* Prints words, starting at the cursor's column; further lines start there too. */
static void print_wrapped(int column, const char *text)
{
    int at = column, width = line_width();
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (at > column && at + 1 + n > width) at = column, printf("\n%*s", column, "");
        if (at > column) putchar(' ');
        at += n + (at > column);
        printf("%.*s", n, text);
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}

/* A name and what it means, in two columns. */
static void print_row(const char *name, const char *meaning)
{
    int n = printf("    %s", name);
    if (n > MEANINGS - 1) n = 0, putchar('\n');
    printf("%*s", MEANINGS - n, "");
    print_wrapped(MEANINGS, meaning);
}

/* ---- arguments ---- */

/* The words in forms and their meanings; page: where to read more. */
static const struct {
    const char *word, *meaning, *page;
} words[] = {
    {"CFG", "a network's description, a file in cfg/ or your own, or the NAME of a net that ships", "docs/cfg.md"},
    {"WEIGHTS", "weights that train wrote to its backup folder; can be left out after the NAME of a net", 0},
    {"DATA",
     "a folder of MNIST, CIFAR-10 or .npy files, or of PNG and JPEG files in a sub-folder per class; or an .npz file",
     "docs/data.md"},
    {"FILE.gpc", "a file that compress wrote", "docs/compression.md"},
    {"NETS", "more CFG WEIGHTS, to classify with an ensemble", "docs/using.md"},
    {"IMAGES", "PNG or JPEG files, or folders of them without sub-folders; or a .npy file", 0}};
enum { NWORDS = sizeof words / sizeof *words };

/* A whole word of a form. */
static int has_word(const char *form, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = form; (at = strstr(at, word)); at += n)
        if ((at == form || strchr(" |[", at[-1])) && (!at[n] || strchr(" |]", at[n]))) return 1;
    return 0;
}

static void explain_arguments(const char *form)
{
    char text[4400];
    for (int i = 0; i < NWORDS; ++i) {
        const char *page = words[i].page ? shipped_file(words[i].page) : 0;
        if (!has_word(form, words[i].word)) continue;
        snprintf(text, sizeof text, page ? "%s (%s)" : "%s", words[i].meaning, page);
        print_row(words[i].word, text);
    }
}

/* ---- usages ---- */

static void print_option(const option *o)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "%s", o->meaning);
    if (o->type == OPTION_INT) snprintf(text + n, sizeof text - n, " (%d)", *(int *)o->value);
    if (o->type == OPTION_FLOAT) snprintf(text + n, sizeof text - n, " (%g)", *(double *)o->value);
    if (o->type == OPTION_TEXT && *(const char **)o->value)
        snprintf(text + n, sizeof text - n, " (%s)", *(const char **)o->value);
    print_row(o->name, text);
}

void print_usage(const command_form *c)
{
    printf("usage: %s %s%s%s\n    ", program_name(), c->name, *c->arguments ? " " : "", c->arguments);
    print_wrapped(4, c->summary);
    explain_arguments(c->arguments);
    for (int i = 0; i < c->noptions; ++i) print_option(c->options + i);
    printf("    Example: %s %s%s%s\n", program_name(), c->name, *c->example ? " " : "", c->example);
}

/* Names and arguments in one column. */
static void print_list(void)
{
    char form[80];
    for (int i = 0; i < ncommands; ++i) {
        snprintf(form, sizeof form, "%-8s %s", commands[i]->name, commands[i]->arguments);
        printf("    %-39s ", form);
        print_wrapped(44, commands[i]->summary);
    }
}

/* The command that fetches MNIST, which the examples need. */
static void print_fetch(void)
{
    const char *script = shipped_file("scripts/get_mnist.sh");
    if (script) printf("    %s data/mnist\n", script);
}

void print_commands(void)
{
    printf("usage: %s COMMAND ...\n", program_name());
    print_list();
    printf("where\n");
    explain_arguments("CFG WEIGHTS DATA");
    printf("With any COMMAND:\n");
    print_row("-v", "print the layers of the net, and what is loaded");
    print_row("-h", "show what the command takes; so do -help and --help");
    printf("and in a program built with make GPU=1:\n");
    print_row("-i N", "compute on device N (0)");
    print_row("-nogpu", "compute on the CPU");
    print_row("-tf32", "use TF32 in matrix products");
    print_row("-deterministic", "give the same bits in every run");
    printf("To start:\n    %s sample -label 3\n", program_name());
    print_fetch();
    printf("    %s train gated_pixelcnn_demo data/mnist -seconds 300\n", program_name());
}

void print_darknet_help(void)
{
    printf("usage: %s COMMAND ...\n", program);
    printf("    pixelcnn COMMAND ...  Gated PixelCNNs: %s -help lists the commands\n", program_name());
    printf("    version               show how the program was built and what it computes on\n");
    printf("and Darknet's own:\n    ");
    print_wrapped(4, stock_commands + 1);
}

/* ---- the command help ---- */

/* Exits 1 if there is no such command. */
static void run_help(const char **a)
{
    const char *name = a[0] && strcmp(a[0], "pixelcnn") ? a[0] : 0;
    const command_form *c = name ? find_command(name) : 0;
    if (name && !c) die_unknown_command(name);
    if (c)
        print_usage(c);
    else
        print_commands();
}

const command_form help_form = {.name = "help",
                                .arguments = "[COMMAND]",
                                .summary = "show the commands, or what one of them takes",
                                .most = 1,
                                .run = run_help,
                                .example = "sample"};
