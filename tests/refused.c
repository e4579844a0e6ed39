/*
refused.c - what the tests of bad input share. See refused.h.
*/
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/refused.h"

const char GREY[] = "[net] #net\nheight=6\nwidth=5\nbatch=2\nsubdivisions=1\nchannels=1\nadam=1\n"
                    "learning_rate=0.001\nmax_batches=1\n\n"
                    "[label_embed] #label\nclasses=3\nsize=2\n\n"
                    "[gated_vstack] #v1\nfilters=4\nsize=3\n\n"
                    "[gated_hstack] #h1\nfilters=4\nsize=3\nmask=a\n\n"
                    "[gated_vstack] #v2\nfilters=4\ndilation=2\n\n"
                    "[gated_hstack] #h2\nfilters=4\n\n"
                    "[skip_sum] #skip\nfilters=4\nactivation=relu\n\n"
                    "[convolutional] #c1\nfilters=8\nsize=1\nactivation=leaky\n\n"
                    "[activation] #act\nactivation=tanh\n\n"
                    "[convolutional] #c2\nfilters=4\nactivation=linear\n\n"
                    "[pixel_softmax] #loss\nlevels=4\n";

const char COLOUR[] = "[net] #net\nheight=6\nwidth=5\nbatch=2\nchannels=3\nmax_batches=1\n\n"
                      "[gated_vstack] #v1\nfilters=4\n\n"
                      "[gated_hstack] #h1\nfilters=6\nmask=a\n\n"
                      "[gated_hstack] #h2\nfilters=6\n\n"
                      "[skip_sum] #skip\nfilters=6\n\n"
                      "[convolutional] #c1\nfilters=6\ngroups=3\nactivation=linear\n\n"
                      "[pixel_softmax] #loss\nlevels=2\n";

int cases, failures;

const char *path_of(const char *variable) { return getenv(variable); }

static void name_path(const char *variable, const char *name) { setenv(variable, scratch(name), 1); }

void shell(const char *command)
{
    if (system(command)) fail_msg("%s", command);
}

void need_world(void)
{
    static run_result r = {.status = -1};
    cases = failures = 0;
    if (!r.status) return;
    if (getenv("OUT")) fail_msg("the program does not train; see the first test");
    name_path("OUT", "out");
    name_path("CFG", "good.cfg");
    name_path("BAD", "bad.cfg");
    name_path("DROPOUT", "dropout.cfg");
    name_path("PLAIN", "plain.cfg");
    name_path("DATA", "data");
    name_path("BAD_DATA", "bad-data");
    name_path("FEW", "nine-images");
    name_path("RGB", "colour-data");
    name_path("EMPTY", "empty-folder");
    name_path("FULL", "full");
    name_path("WEIGHTS", "good_final.weights");
    name_path("BAD_WEIGHTS", "bad.weights");
    name_path("PLAIN_WEIGHTS", "plain_final.weights");
    name_path("SCRATCH", ".");
    const char *path = strrchr(darknet(), ' ');
    setenv("DARKNET", path ? path + 1 : darknet(), 1);
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    mkdir(path_of("OUT"), 0777);
    mkdir(path_of("EMPTY"), 0777);
    assert_int_equal(symlink("/dev/full", path_of("FULL")), 0);
    write_text(path_of("CFG"), GREY);
    write_text(path_of("PLAIN"), COLOUR);
    shell("sed 's/#label/\\ndropout=0.1/' $CFG >$DROPOUT");
    make_toy_data(path_of("DATA"), (toy_data){.n = 12, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 1});
    make_toy_data(path_of("FEW"), (toy_data){.n = 9, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 2});
    make_toy_data(path_of("RGB"), (toy_data){.n = 12, .c = 3, .h = 6, .w = 5, .classes = 3, .seed = 3});
    run_command(&r, "$DARKNET pixelcnn train $CFG $DATA -backup $SCRATCH -report none && "
                    "$DARKNET pixelcnn train $PLAIN $RGB -backup $SCRATCH -report none");
    if (r.status) fail_msg("status %d: %s", r.status, r.err);
}

char *last_line(char *text)
{
    for (size_t n = strlen(text); n && text[n - 1] == '\n'; --n) text[n - 1] = 0;
    char *line = strrchr(text, '\n');
    return line ? line + 1 : text;
}

int holds(const char *text, const char *parts)
{
    char copy[1024], *part = copy;
    snprintf(copy, sizeof copy, "%s", parts);
    while (part) {
        char *end = strstr(part, " & ");
        if (end) *end = 0;
        if (!strstr(text, part)) return 0;
        part = end ? end + 3 : 0;
    }
    return 1;
}

int left_something(void)
{
    char pattern[256];
    glob_t temporary = {0};
    int left = rmdir(path_of("OUT")) != 0;
    snprintf(pattern, sizeof pattern, "%s/*.tmp.*", path_of("SCRATCH"));
    left |= !glob(pattern, 0, 0, &temporary);
    globfree(&temporary);
    if (left) shell("rm -rf $OUT $SCRATCH/*.tmp.*");
    mkdir(path_of("OUT"), 0777);
    return left;
}

void refused(const char *before, const char *arguments, const char *says)
{
    static run_result r;
    ++cases;
    run_command(&r, "ulimit -t 30; %s exec $DARKNET %s", before ? before : "", arguments);
    const char *heard = strncmp(says, "usage", 5) ? last_line(r.err) : r.err;
    int left = left_something();
    if (r.status == 1 && holds(heard, says) && !left) return;
    ++failures;
    print_error("%s %s\n    expected status 1: %s\n    status %d%s: %.500s\n", before ? before : "", arguments, says,
                r.status, left ? ", files left" : "", heard);
}

void report(void)
{
    print_message("%d cases\n", cases);
    if (failures) fail_msg("%d of %d cases failed", failures, cases);
}

void run_bad_commands(const bad_command *c, int n)
{
    need_world();
    for (int i = 0; i < n; ++i) refused(c[i].before, c[i].arguments, c[i].says);
    report();
}

int splice_text(char *text, const char *base, const char *at, size_t n, const char *insert)
{
    size_t head = at - base, bytes = strlen(insert);
    assert_true((size_t)snprintf(text, TEXT, "%.*s%s%s", (int)head, base, insert, at + n) < TEXT);
    char *mark = memchr(text + head, '@', bytes);
    if (!mark) return 0;
    memmove(mark, mark + 1, strlen(mark));
    int line = 1;
    for (const char *t = text; t < mark; ++t) line += *t == '\n';
    return line;
}

void cfg_refused(const char *text, int line, const char *says)
{
    char expected[512];
    write_text(path_of("BAD"), text);
    if (line)
        snprintf(expected, sizeof expected, "bad.cfg:%d: %s", line, says);
    else
        snprintf(expected, sizeof expected, "bad.cfg & %s", says);
    refused(0, TRAIN_BAD, expected);
}

void run_cfg_cases(const cfg_case *c, int n)
{
    char text[TEXT];
    need_world();
    for (int i = 0; i < n; ++i) {
        const char *at = strstr(c[i].base, c[i].from);
        if (!at) fail_msg("the cfg has no '%s'", c[i].from);
        cfg_refused(text, splice_text(text, c[i].base, at, strlen(c[i].from), c[i].to), c[i].says);
    }
    report();
}

void must_hold(const char *text, const char *parts)
{
    if (!holds(text, parts)) fail_msg("expected: %s\n    got: %s", parts, text);
}

void run_to_status(run_result *r, int status, const char *command)
{
    run_command(r, "%s", command);
    if (r->status != status) fail_msg("%s\n    status %d: %s%s", command, r->status, r->out, r->err);
}

void call_refused(int failed, const char *error, const char *says)
{
    ++cases;
    if (failed && holds(error, says) && !strchr(error, '\n')) return;
    ++failures;
    print_error("expected: %s\n    %s: %.500s\n", says, failed ? "failed" : "did not fail", error);
}
