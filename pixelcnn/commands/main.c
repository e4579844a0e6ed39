/*
main.c - ./darknet: `pixelcnn` is ours, every other command is Darknet's own.

Darknet's main is compiled as darknet_main. It exits with 0 on an unknown command, so its commands are listed here.
*/
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "base/device.h"
#include "base/errors.h"
#include "base/signals.h"
#include "base/temporary_files.h"
#include "base/threads.h"
#include "darknet.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/device_options.h"
#include "pixelcnn/commands/standard_streams.h"

int darknet_main(int argc, char **argv);

static const struct {
    const command_form *form;
    void (*run)(int argc, char **argv);
} commands[] = {{&train_form, run_train}, {&sample_form, run_sample}, {&complete_form, run_complete},
                {&eval_form, run_eval},   {&score_form, run_score},   {&classify_form, run_classify},
                {&check_form, run_check}, {&bench_form, run_bench},   {&version_form, run_version}};
static const int ncommands = sizeof commands / sizeof *commands;

static void usage(void)
{
    fprintf(stderr, "usage: ./darknet pixelcnn COMMAND ...\n");
    for (int i = 0; i < ncommands; ++i)
        fprintf(stderr, "    %-8s %-23s %s\n", commands[i].form->name, commands[i].form->arguments,
                commands[i].form->summary);
    fprintf(stderr, "where\n");
    explain_arguments("CFG WEIGHTS DATA", stderr);
    explain_device_options(stderr);
    fprintf(stderr, "COMMAND -help lists the options of a command. To start:\n"
                    "    ./darknet pixelcnn sample -label 3\n"
                    "    ./darknet pixelcnn train cfg/gated_pixelcnn.cfg data/mnist\n");
}

static int run_pixelcnn(int argc, char **argv)
{
    argc = take_device_options(argc, argv);
    /* oneDNN allocates scratch in every product: keep those pages, which the kernel would clear each time. */
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    if (argc < 1) {
        usage();
        return 1;
    }
    if (is_help(argv[0])) {
        usage();
        return 0;
    }
    for (int i = 0; i < ncommands; ++i)
        if (!strcmp(argv[0], commands[i].form->name)) {
            commands[i].run(argc - 1, argv + 1);
            finish_stdout(argv[0]);
            return 0;
        }
    usage();
    die("pixelcnn: unknown command '%s'", argv[0]);
}

static const char *const stock_commands =
    " average yolo super lsd detector detect cifar go rnn coco classify classifier regressor isegmenter segmenter art "
    "tag "
    "3d test nightmare rgbgr reset denormalize statistics normalize rescale ops speed oneoff oneoff2 print partial "
    "visualize mkimg imtest ";

/* In a list with a space before and after each word. */
static int is_one_of(const char *list, const char *name)
{
    char word[64];
    return snprintf(word, sizeof word, " %s ", name) < (int)sizeof word && strstr(list, word);
}

/* The index of the command, after options of Darknet's and ours; argc if there is none. */
static int place_of_command(int argc, char **argv)
{
    int i = 1;
    while (i < argc && is_one_of(" -nogpu -i -tf32 -deterministic ", argv[i])) i += strcmp(argv[i], "-i") ? 1 : 2;
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

/* libgomp accepts any number, which may bring down the program or the machine, and ignores what is not a number. Of a list, for
   nested regions, only the first number matters. */
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

/* The program is also installed under this name, for our commands only. */
static int is_called_pixelcnn(const char *name)
{
    const char *slash = strrchr(name, '/');
    return !strcmp(slash ? slash + 1 : name, "pixelcnn");
}

int main(int argc, char **argv)
{
    check_threads();
    atexit(remove_temporaries);
    clean_up_on_signals();
    if (is_called_pixelcnn(argv[0])) return run_pixelcnn(argc - 1, argv + 1);
    int place = place_of_command(argc, argv);
    const char *name = argv[place];
    if (!name) die("usage: %s COMMAND ...; COMMAND is pixelcnn or one of Darknet's:%s", argv[0], stock_commands);
    if (!strcmp(name, "pixelcnn")) {
        memmove(argv + place, argv + place + 1, (argc - place) * sizeof *argv);
        return run_pixelcnn(argc - 2, argv + 1);
    }
    if (!is_one_of(stock_commands, name))
        die("%s: unknown command; expected pixelcnn or one of Darknet's:%s", name, stock_commands);
    return run_stock(argc, argv);
}
