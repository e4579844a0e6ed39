/*
main.c - ./darknet: `pixelcnn` is ours, every other command is Darknet's own.

Darknet's main is compiled as darknet_main. It exits with 0 on an unknown command, so its commands are listed
here.
*/
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "base/device.h"
#include "base/errors.h"
#include "base/machine.h"
#include "base/ranks.h"
#include "base/signals.h"
#include "base/similar.h"
#include "base/temporary_files.h"
#include "base/threads.h"
#include "base/verbose.h"
#include "darknet.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/device_options.h"
#include "pixelcnn/commands/help.h"
#include "pixelcnn/commands/standard_streams.h"

int darknet_main(int argc, char **argv);

static int run_pixelcnn(int argc, char **argv)
{
    verbose = 0;
    accept_double_dashes(argc, argv);
    argc = take_device_options(argc, argv);
    /* oneDNN allocates scratch in every product: keep those pages, which the kernel would clear each time. */
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    if (argc < 1 || is_help(argv[0])) {
        print_commands();
        finish_stdout("help");
        return 0;
    }
    const command_form *c = find_command(strcmp(argv[0], "-version") ? argv[0] : "version");
    if (!c) die_unknown_command(argv[0]);
    if (c->shared) start_ranks();
    const char **arguments = read_options(c, argc - 1, argv + 1);
    if (arguments) c->run(arguments);
    free(arguments);
    finish_stdout(c->name);
    end_ranks();
    return 0;
}

/* In a list with a space before and after each word. */
static int is_one_of(const char *list, const char *name)
{
    char word[64];
    return snprintf(word, sizeof word, " %s ", name) < (int)sizeof word && strstr(list, word);
}

enum { MOST_BYTES = 512 }; // the length of the list of Darknet's commands

/* Splits a list with a space before and after each word; returns the number of words. */
static int split_list(const char *list, char text[MOST_BYTES], const char **words)
{
    int n = 0;
    snprintf(text, MOST_BYTES, "%s", list);
    for (char *word = strtok(text, " "); word; word = strtok(0, " ")) words[n++] = word;
    return n;
}

static __attribute__((noreturn)) void die_unknown_darknet_command(const char *name)
{
    char text[MOST_BYTES];
    const char *words[MOST_BYTES / 2] = {"pixelcnn"};
    int n = 1 + split_list(stock_commands, text, words + 1);
    for (int i = 0; i < ncommands; ++i) words[n++] = commands[i]->name;
    const char *meant = find_command(name) ? name : most_similar(name, words, n);
    for (int i = 0; meant && i < ncommands; ++i)
        if (!strcmp(meant, commands[i]->name))
            die("%s: unknown command; did you mean %s %s?", name, program_name(), meant);
    if (meant) die("%s: unknown command; did you mean %s?", name, meant);
    die("%s: unknown command; expected pixelcnn or one of Darknet's:%s", name, stock_commands);
}

/* The index of the command, after options of Darknet's and ours, which lose one of two dashes; argc if there
   is none. */
static int place_of_command(int argc, char **argv)
{
    int i = 1;
    for (; i < argc; i += strcmp(argv[i], "-i") ? 1 : 2) {
        char *name = argv[i] + !strncmp(argv[i], "--", 2);
        if (!is_one_of(" -nogpu -i -tf32 -deterministic -v ", name)) break;
        argv[i] = name;
    }
    return i < argc ? i : argc;
}

/* Darknet's main would abort without a device. */
static int run_stock(int argc, char **argv)
{
    int device = 0;
    for (int i = 1; i < argc; ++i) {
        if (!strcmp(argv[i], "-nogpu")) device = -1;
        if (!strcmp(argv[i], "-i") && i + 1 < argc && device >= 0) device = atoi(argv[i + 1]);
    }
    open_device(device);
    return darknet_main(argc, argv);
}

/* libgomp accepts any number, even one that brings down the program or the machine, and ignores anything
   else. In a list, for nested regions, only the first number matters. */
static void check_threads(void)
{
    const char *text = getenv("OMP_NUM_THREADS");
    char *end = (char *)text;
    for (const char *t = text && *text ? text : 0; t; t = *end == ',' ? end + 1 : 0) {
        long n = strtol(t, &end, 10);
        end += strspn(end, " \t");
        if (end == t || (*end && *end != ',') || n < 1 || n > MOST_THREADS)
            die("OMP_NUM_THREADS=%s: expected a number of threads from 1 to %d", text, MOST_THREADS);
    }
}

int main(int argc, char **argv)
{
    check_threads();
    vectors_in_use(); // exits if the environment asks for a set that the CPU lacks
    atexit(remove_temporaries);
    clean_up_on_signals();
    set_program_name(argv[0]);
    if (is_called_pixelcnn()) return run_pixelcnn(argc - 1, argv + 1);
    int place = place_of_command(argc, argv);
    const char *name = argv[place];
    if (!name || is_help(name) || (!strcmp(name, "help") && !argv[place + 1])) {
        print_darknet_help();
        finish_stdout("help");
        return 0;
    }
    if (is_one_of(" help version -version --version ", name)) return run_pixelcnn(argc - place, argv + place);
    if (!strcmp(name, "pixelcnn")) {
        memmove(argv + place, argv + place + 1, (argc - place) * sizeof *argv);
        return run_pixelcnn(argc - 2, argv + 1);
    }
    if (!is_one_of(stock_commands, name)) die_unknown_darknet_command(name);
    return run_stock(argc, argv);
}
