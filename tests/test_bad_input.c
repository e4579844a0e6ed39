/*
test_bad_input.c - what is wrong is refused: exit status 1, a last line on stderr that names the place, and
nothing written. Each row of a table is a case; the failures of a table are all shown before it fails.

Commands are shell lines. In them $DARKNET is the program, $CFG, $WEIGHTS and $DATA are right, $BAD is a cfg that
a case spoils, and $OUT is an empty folder that a refused command has to leave empty. What a message must
hold is written "part & part". In cfg text '@' (taken out) marks the line that the message must name; #v1 and
the like are comments that give the cases something to replace.
*/
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "cfg_keys.h"
#include "support.h"

#define TEXT 8192
#define TRAIN "pixelcnn train $CFG $DATA -backup $OUT/b -seconds 2"
#define TRAIN_BAD "pixelcnn train $BAD $DATA -backup $OUT/b -seconds 2"
#define SAMPLE "pixelcnn sample $CFG $WEIGHTS -out $OUT/x.png"
#define EVAL "pixelcnn eval $CFG $WEIGHTS $DATA"
#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

static const char GREY[] = "[net] #net\nheight=6\nwidth=5\nbatch=2\nsubdivisions=1\nchannels=1\nadam=1\n"
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

static const char COLOUR[] = "[net] #net\nheight=6\nwidth=5\nbatch=2\nchannels=3\nmax_batches=1\n\n"
                             "[gated_vstack] #v1\nfilters=4\n\n"
                             "[gated_hstack] #h1\nfilters=6\nmask=a\n\n"
                             "[gated_hstack] #h2\nfilters=6\n\n"
                             "[skip_sum] #skip\nfilters=6\n\n"
                             "[convolutional] #c1\nfilters=6\ngroups=3\nactivation=linear\n\n"
                             "[pixel_softmax] #loss\nlevels=2\n";

/* ---- running ---- */

static int cases, failures;

static const char *path_of(const char *variable) { return getenv(variable); }

static void name_path(const char *variable, const char *name) { setenv(variable, scratch(name), 1); }

static void shell(const char *command)
{
    if (system(command)) fail_msg("%s", command);
}

/* The paths of the commands, data of several shapes, and weights that one update made. */
static void need_world(void)
{
    static run_result r = {.status = -1};
    cases = failures = 0;
    if (!r.status) return;
    if (getenv("OUT")) fail_msg("the program does not train; see the first test");
    name_path("OUT", "out");
    name_path("CFG", "good.cfg");
    name_path("BAD", "bad.cfg");
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
    make_toy_data(path_of("DATA"), (toy_data){.n = 12, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 1});
    make_toy_data(path_of("FEW"), (toy_data){.n = 9, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 2});
    make_toy_data(path_of("RGB"), (toy_data){.n = 12, .c = 3, .h = 6, .w = 5, .classes = 3, .seed = 3});
    run_command(
        &r,
        "$DARKNET pixelcnn train $CFG $DATA -backup $SCRATCH && $DARKNET pixelcnn train $PLAIN $RGB -backup $SCRATCH");
    if (r.status) fail_msg("status %d: %s", r.status, r.err);
}

static char *last_line(char *text)
{
    for (size_t n = strlen(text); n && text[n - 1] == '\n'; --n) text[n - 1] = 0;
    char *line = strrchr(text, '\n');
    return line ? line + 1 : text;
}

/* Whether text holds each part of "part & part". */
static int holds(const char *text, const char *parts)
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

/* Whether a command left something in $OUT, or a temporary file; $OUT is empty again afterwards. */
static int left_something(void)
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

/* `before` prepares in the shell. A message that is a usage may be anywhere on stderr. */
static void refused(const char *before, const char *arguments, const char *says)
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

static void report(void)
{
    print_message("%d cases\n", cases);
    if (failures) fail_msg("%d of %d cases failed", failures, cases);
}

/* ---- cfg files ---- */

/* base with n bytes at `at` replaced by insert. Returns the line of insert's '@', which is taken out, or 0. */
static int splice(char *text, const char *base, const char *at, size_t n, const char *insert)
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

static void cfg_refused(const char *text, int line, const char *says)
{
    char expected[512];
    write_text(path_of("BAD"), text);
    if (line)
        snprintf(expected, sizeof expected, "bad.cfg:%d: %s", line, says);
    else
        snprintf(expected, sizeof expected, "bad.cfg & %s", says);
    refused(0, TRAIN_BAD, expected);
}

typedef struct {
    const char *base, *from, *to, *says;
} cfg_case;

static void run_cfg_cases(const cfg_case *c, int n)
{
    char text[TEXT];
    need_world();
    for (int i = 0; i < n; ++i) {
        const char *at = strstr(c[i].base, c[i].from);
        if (!at) fail_msg("the cfg has no '%s'", c[i].from);
        cfg_refused(text, splice(text, c[i].base, at, strlen(c[i].from), c[i].to), c[i].says);
    }
    report();
}

/* GREY's layers: 0 label, 1 v1, 2 h1, 3 v2, 4 h2, 5 skip, 6 c1, 7 act, 8 c2, 9 loss. */
static const cfg_case leaks[] = {
    /* the image into mask b */
    {GREY, "mask=a", "@mask=b", "[gated_hstack] mask=b: the image"},
    {GREY, "[gated_hstack] #h1\nfilters=4\nsize=3\nmask=a", "@[gated_hstack]\nfilters=4",
     "[gated_hstack] mask: the image"},
    {GREY, "[gated_hstack] #h2", "@[gated_hstack]\nfrom=image", "[gated_hstack] mask: the image"},
    {GREY, "[gated_hstack] #h2", "@[gated_hstack]\nfrom=0", "[gated_hstack] mask: the image"},
    {GREY, "[gated_hstack] #h2", "@[gated_hstack]\nfrom=-4", "[gated_hstack] mask: the image"},
    {GREY, "#h2", "\nfrom=image\n@mask=b", "[gated_hstack] mask=b: the image"},
    {COLOUR, "mask=a", "@mask=b", "[gated_hstack] mask=b: the image"},
    {COLOUR, "[gated_hstack] #h2", "@[gated_hstack]\nfrom=image", "[gated_hstack] mask: the image"},
    /* mask a */
    {GREY, "#h1", "\n@residual=1", "[gated_hstack] residual=1: in mask a"},
    {COLOUR, "#h1", "\n@residual=1", "[gated_hstack] residual=1: in mask a"},
    {GREY, "#h2", "\n@mask=a", "[gated_hstack] mask=a: mask a is for the image"},
    {GREY, "#h1\nfilters=4\nsize=3", "\nfilters=4\n@size=1", "[gated_hstack] size=1: mask a"},
    {GREY, "mask=a", "@mask=a|b", "[gated_hstack] mask=a|b: expected one of a|b"},
    /* horizontal layers read horizontal ones, vertical layers vertical ones */
    {GREY, "#h2", "\n@from=1", "[gated_hstack] from=1: a horizontal layer reads"},
    {GREY, "#h2", "\n@from=-1", "[gated_hstack] from=-1: a horizontal layer reads"},
    {GREY, "#h1", "\n@from=1", "[gated_hstack] from=1: a horizontal layer reads"},
    {GREY, "#v2", "\n@from=2", "[gated_vstack] from=2: a vertical layer reads"},
    {GREY, "#v2", "\n@from=-1", "[gated_vstack] from=-1: a vertical layer reads"},
    {GREY, "#h2", "\n@vertical=2", "[gated_hstack] vertical=2: must be a gated_vstack"},
    {GREY, "#h2", "\n@vertical=image", "[gated_hstack] vertical=image: must be a gated_vstack"},
    {GREY, "#h1", "\n@vertical=0", "[gated_hstack] vertical=0: must be a gated_vstack"},
    {GREY, "[gated_vstack] #v1", "@[gated_hstack]\nfilters=4\nmask=a\n[gated_vstack]",
     "[gated_hstack] vertical: no gated_vstack"},
    {GREY, "#skip", "\n@layers=3", "[skip_sum] layers=3: layer 3 is not a gated_hstack"},
    {GREY, "#skip", "\n@layers=-2", "[skip_sum] layers=-2: layer 3 is not a gated_hstack"},
    {GREY, "#skip", "\n@layers=2,3,4", "[skip_sum] layers=2,3,4: layer 3 is not a gated_hstack"},
    {GREY, "#skip", "\n@layers=0", "[skip_sum] layers=0: layer 0 is not a gated_hstack"},
    {GREY, "#skip", "\n@layers=image", "[skip_sum] layers=image: expected numbers of layers"},
    {GREY, "[gated_hstack] #h1", "@[skip_sum]\nfilters=4\n[gated_hstack]", "[skip_sum] layers: no gated_hstack"},
    /* the head */
    {GREY, "[gated_vstack] #v1", "@[convolutional]\n[gated_vstack]", "[convolutional]: the head follows"},
    {GREY, "[gated_hstack] #h2", "@[convolutional]\n[gated_hstack]", "[convolutional]: the head follows"},
    {GREY, "[gated_vstack] #v1", "@[activation]\n[gated_vstack]", "[activation]: the head follows"},
    {GREY, "[gated_hstack] #h2", "@[activation]\n[gated_hstack]", "[activation]: the head follows"},
    {GREY, "[pixel_softmax]", "[gated_vstack]\nfilters=4\n@[pixel_softmax]", "[pixel_softmax]: the head follows"},
    {GREY, "[pixel_softmax]", "[gated_vstack]\nfilters=4\n@[conv]\n[pixel_softmax]",
     "[convolutional]: the head follows"},
    {"", "", "[net]\nheight=6\nwidth=5\n@[pixel_softmax]\nlevels=4\n", "[pixel_softmax]: the head follows"},
    {"", "", "[net]\nheight=6\nwidth=5\n@[conv]\nfilters=4\n[pixel_softmax]\nlevels=4\n",
     "[convolutional]: the head follows"},
    {"", "", "[net]\nheight=6\nwidth=5\n[label_embed]\nclasses=3\n@[pixel_softmax]\nlevels=4\n",
     "[pixel_softmax]: the head"},
    {GREY, "filters=8\nsize=1", "filters=8\n@size=3", "[convolutional] size=3: expected & later"},
    {GREY, "filters=8\nsize=1", "filters=8\n@size=2", "[convolutional] size=2: expected"},
    {GREY, "#c1", "\n@stride=2", "[convolutional] stride=2: expected"},
    {GREY, "#c1", "\n@batch_normalize=1", "[convolutional] batch_normalize=1: expected"},
    {GREY, "[gated_vstack] #v2", "[conv]\nfilters=4\n[gated_vstack]", "feeds"}, // h1's gradient would be lost
    {GREY, "#c1", "\n@groups=3", "[convolutional] groups=3: with 1 image channel write groups=1"},
    /* colours in their order */
    {COLOUR, "[convolutional] #c1\nfilters=6\ngroups=3", "@[convolutional]\nfilters=6",
     "[convolutional] groups: with 3"},
    {COLOUR, "groups=3", "@groups=1", "[convolutional] groups=1: with 3 image channels write groups=3"},
    {COLOUR, "groups=3", "@groups=2", "[convolutional] groups=2: with 3 image channels write groups=3"},
    {COLOUR, "#h1\nfilters=6", "\n@filters=4", "[gated_hstack] filters=4: must be a multiple of the 3 channels"},
    {COLOUR, "#h2\nfilters=6", "\n@filters=7", "[gated_hstack] filters=7: must be a multiple of the 3 channels"},
    {COLOUR, "#skip\nfilters=6", "\n@filters=5", "[skip_sum] filters=5: must be a multiple of the 3 channels"},
    {COLOUR, "#c1\nfilters=6", "\n@filters=8", "[convolutional] filters=8: must be a multiple of the 3 channels"},
};

static void leaks_are_refused(void **state)
{
    (void)state;
    run_cfg_cases(leaks, COUNT(leaks));
}

#define LARGE "[net]\nheight=256\nwidth=256\nbatch=4\n[gated_vstack]\nfilters=1\n"
#define LARGE_H LARGE "[gated_hstack]\nfilters=1\nmask=a\n"

static const cfg_case misfits[] = {
    {GREY, "[gated_vstack] #v1", "@[label_embed]\nclasses=3\n[gated_vstack]", "[label_embed]: must be the first layer"},
    {COLOUR, "[skip_sum]", "@[label_embed]\nclasses=3\n[skip_sum]", "[label_embed]: must be the first layer"},
    {GREY, "[skip_sum]", "@[pixel_softmax]\nlevels=4\n[skip_sum]", "[pixel_softmax]: must be the last layer"},
    {GREY, "[pixel_softmax] #loss\nlevels=4", "@[activation]", "[activation]: the last layer must be [pixel_softmax]"},
    {GREY, "levels=4\n", "levels=4\n@[activation]\n", "[activation]: the last layer must be [pixel_softmax]"},
    {GREY, "levels=4", "@levels=5", "[pixel_softmax] levels=5: needs 5 input channels & has 4"},
    {COLOUR, "levels=2", "@levels=4", "[pixel_softmax] levels=4: needs 12 input channels & has 6"},
    {GREY, "#h2\nfilters=4", "\nfilters=6\n@residual=1", "[gated_hstack] residual=1: adds an input of 4 channels to 6"},
    {GREY, "[gated_hstack] #h2\nfilters=4", "@[gated_hstack]\nfilters=6", "[gated_hstack] residual: adds an input"},
    {GREY, "size=2", "size=0\n@spatial=1", "[label_embed] spatial=1: needs size"},
    {GREY, "subdivisions=1", "@subdivisions=3", "[net] subdivisions=3: must divide batch=2"},
    {GREY, "#skip", "\n@layers=4,2,4", "[skip_sum] layers=4,2,4: names layer 4 twice"},
    {GREY, "#skip", "\n@layers=4,-1", "[skip_sum] layers=4,-1: names layer 4 twice"},
    {GREY, "#net", "\npolicy=steps\nsteps=1\n[x]", "bad.cfg"},
    {GREY, "[net] #net", "@[net]\npolicy=steps", "[net] steps: policy=steps needs steps and scales"},
    {GREY, "#net", "\npolicy=steps\n@steps=1", "[net] steps=1: policy=steps needs steps and scales & got 1 and 0"},
    {GREY, "#net", "\npolicy=steps\n@steps=1,2\nscales=.1", "[net] steps=1,2: & got 2 and 1"},
    /* layers that are not there */
    {GREY, "#skip", "\n@layers=-100", "[skip_sum] layers=-100: layer -95 is not before this one"},
    {GREY, "#skip", "\n@layers=5", "[skip_sum] layers=5: layer 5 is not before this one"},
    {GREY, "#skip", "\n@layers=2,99", "[skip_sum] layers=2,99: layer 99 is not before this one"},
    {GREY, "#v2", "\n@from=-100", "[gated_vstack] from=-100: layer -97 is not before this one"},
    {GREY, "#v2", "\n@from=3", "[gated_vstack] from=3: layer 3 is not before this one"},
    {GREY, "#h2", "\n@from=4", "[gated_hstack] from=4: layer 4 is not before this one"},
    {GREY, "#h2", "\n@vertical=9", "[gated_hstack] vertical=9: layer 9 is not before this one"},
    {GREY, "#h2", "\n@vertical=-5", "[gated_hstack] vertical=-5: layer -1 is not before this one"},
    {GREY, "#v2", "\n@from=4294967297", "[gated_vstack] from=4294967297: "},
    {GREY, "#v2", "\n@from=18446744073709551613", "[gated_vstack] from=18446744073709551613: "},
    {GREY, "#skip", "\n@layers=4294967300", "[skip_sum] layers=4294967300: "},
    /* more than an int counts */
    {GREY, "height=6\nwidth=5", "@height=65536\nwidth=65536", "[net] height=65536: & too large"},
    {GREY, "height=6\nwidth=5\nbatch=2", "@height=4096\nwidth=4096\nbatch=65536", "[net] height=4096: & too large"},
    {GREY, "[gated_vstack] #v1\nfilters=4\nsize=3", "@[gated_vstack]\nfilters=65536\nsize=255",
     "[gated_vstack]: & weights"},
    {GREY, "[gated_vstack] #v1\nfilters=4", "@[gated_vstack]\nfactored=1\nfilters=65536", "[gated_vstack]: & weights"},
    {GREY, "[gated_hstack] #h1\nfilters=4", "@[gated_hstack]\nfilters=65536", "[gated_hstack]: & weights"}, // W_r
    {GREY, "size=2\n\n[gated_vstack] #v1\nfilters=4\nsize=3",
     "size=65536\n@[gated_vstack]\nfilters=65536\nfrom=0\n[gated_vstack]\nfilters=1\nsize=2",
     "[gated_vstack]: & weights"}, // V
    {"", "", LARGE "@[gated_hstack]\nfilters=65536\nmask=a\n[pixel_softmax]\nlevels=2\n",
     "[gated_hstack]: & activations"},
    {"", "", LARGE_H "@[skip_sum]\nfilters=65536\n[pixel_softmax]\nlevels=2\n", "[skip_sum]: & activations"},
    {"", "", LARGE_H "@[conv]\nfilters=65536\n[pixel_softmax]\nlevels=2\n", "[convolutional]: & activations"},
    {GREY, "#skip\nfilters=4", "\nfilters=65535\n@[conv]\nfilters=65536", "[convolutional]: & weights"},
    {GREY, "[label_embed] #label\nclasses=3\nsize=2", "@[label_embed]\nclasses=65536\nsize=65536",
     "[label_embed]: & weights"},
    {GREY, "[label_embed] #label\nclasses=3\nsize=2", "@[label_embed]\nspatial=1\nclasses=65536\nsize=60000",
     "[label_embed]: & weights"},
    /* keys missing, unknown, of another section, twice */
    {GREY, "[net] #net\nheight=6", "@[net]", "[net] height: missing"},
    {GREY, "[net] #net\nheight=6\nwidth=5", "@[net]\nheight=6", "[net] width: missing"},
    {GREY, "[label_embed] #label\nclasses=3", "@[label_embed]", "[label_embed] classes: missing"},
    {GREY, "[gated_vstack] #v1\nfilters=4", "@[gated_vstack]", "[gated_vstack] filters: missing"},
    {GREY, "[gated_hstack] #h2\nfilters=4", "@[gated_hstack]", "[gated_hstack] filters: missing"},
    {GREY, "[skip_sum] #skip\nfilters=4", "@[skip_sum]", "[skip_sum] filters: missing"},
    {GREY, "[pixel_softmax] #loss\nlevels=4", "@[pixel_softmax]", "[pixel_softmax] levels: missing"},
    {GREY, "#net", "\n@max_batch=3", "[net] max_batch=3: unknown key & max_batches"},
    {GREY, "#net", "\n@time_steps=2", "[net] time_steps=2: unknown key"},
    {GREY, "#net", "\n@inputs=99", "[net] inputs=99: unknown key"},
    {GREY, "#net", "\n@Batch=2", "[net] Batch=2: unknown key"},
    {GREY, "#label", "\n@filters=3", "[label_embed] filters=3: unknown key"},
    {GREY, "#v1", "\n@batch_normalize=1", "[gated_vstack] batch_normalize=1: unknown key"},
    {GREY, "#h1", "\n@layers=1", "[gated_hstack] layers=1: unknown key"},
    {GREY, "#skip", "\n@from=2", "[skip_sum] from=2: unknown key"},
    {GREY, "#c1", "\n@dontload=1", "[convolutional] dontload=1: unknown key"},
    {GREY, "#act", "\n@filters=8", "[activation] filters=8: unknown key"},
    {GREY, "#loss", "\n@temperature=1", "[pixel_softmax] temperature=1: unknown key"},
    {GREY, "#v1", "\n@filters=4", "[gated_vstack] filters=4: stands again"},
    {GREY, "#net", "\n@height=7", "[net] height=7: stands again"},
    /* lines that are none */
    {"", "", "", "has no sections"},
    {"", "", "\n\n # a comment\n; another\n\t\r\n", "has no sections"},
    {"", "", "\xef\xbb\xbf", "has no sections"},
    {"", "", "@[net]\n", "[net]: no layer follows"},
    {"", "", "@[gated_vstack]\nfilters=4\n", "[gated_vstack]: the first section must be [net]"},
    {"", "", "[net]\nheight=6\nwidth=5\nchannels=1\n[convolutional]\nfilters=4\n", "not a Gated PixelCNN"},
    {"", "", "@\x89PNG\r\n\x1a\n\n", "'\x89PNG': expected [section] or key=value"},
    {GREY, "[net] #net", "@batch=2\n[net]", "'batch=2' stands before any section"},
    {GREY, "[net] #net", "@[Net]", "[Net]: the first section must be [net]"},
    {GREY, "[net] #net", "@[net", "'[net': a section is written [name]"},
    {GREY, "[net] #net", "@[]", "'[]': a section is written [name]"},
    {GREY, "[net] #net", "@net]", "'net]': expected [section] or key=value"},
    {GREY, "[net] #net", "@[net]height=6", "'[net]height=6': a section is written [name]"},
    {GREY, "#v1", "\n@size", "'size': expected [section] or key=value"},
    {GREY, "#v1", "\n@size=", "'size=': expected [section] or key=value"},
    {GREY, "#v1", "\n@size= # 3", "'size=': expected [section] or key=value"},
    {GREY, "#v1", "\n@=3", "'=3': expected [section] or key=value"},
    {GREY, "#v1", "\n@size:3", "'size:3': expected [section] or key=value"},
    {GREY, "[gated_vstack] #v1", "@[gated_vstak]", "[gated_vstak]: no such layer"},
    {GREY, "[gated_vstack] #v1", "@[pixelcnn]\n[gated_vstack]", "[pixelcnn]: no such layer"},
    {GREY, "[gated_vstack] #v1", "@[net]\n[gated_vstack]", "[net]: no such layer"},
    {GREY, "[pixel_softmax]", "@[pixel_softmaxx]", "[pixel_softmaxx]: no such layer"},
};

static void misfits_are_refused(void **state)
{
    (void)state;
    run_cfg_cases(misfits, COUNT(misfits));
}

/* Stock layers that mix positions or images, in the head. */
static void stock_layers_are_refused(void **state)
{
    static const char *const names[] = {
        "maxpool", "max",    "avgpool", "batchnorm", "connected", "cost",     "crnn",    "crop",     "deconvolutional",
        "deconv",  "gru",    "dropout", "detection", "iseg",      "l2norm",   "local",   "logistic", "lstm",
        "lrn",     "region", "reorg",   "rnn",       "route",     "shortcut", "softmax", "upsample", "yolo"};
    char text[TEXT], to[64], says[128];
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(names); ++i) {
        snprintf(to, sizeof to, "@[%s]\nsize=2\n[activation]", names[i]);
        snprintf(says, sizeof says, "[%s]: cannot stand in a net with gated layers", names[i]);
        int line = splice(text, GREY, strstr(GREY, "[activation] #act"), strlen("[activation] #act"), to);
        cfg_refused(text, line, says);
    }
    report();
}

/* ---- values of cfg keys ---- */

static const struct {
    const char *section, *key, *bad;
} values[] = {
    {"net", "batch", "0 -1 65537 1e1 0x2 2, -99999999999999999999"},
    {"net", "subdivisions", "0 -1 65537 4"},
    {"net", "height", "0 -6 65537"},
    {"net", "width", "0 -5 65537"},
    {"net", "channels", "0 -1 2 4"},
    {"net", "adam", "2 -1 yes"},
    {"net", "B1", "1 1.5 -0.1"},
    {"net", "B2", "1 2 -0.5"},
    {"net", "eps", "0 1e-20 2"},
    {"net", "momentum", "1 1.1 -0.9"},
    {"net", "learning_rate", "-0.001 1e7 -inf 1e999 0.1,"},
    {"net", "decay", "-0.0001 1e7"},
    {"net", "clip_norm", "-1 1e31"},
    {"net", "ema", "1 1.5 -0.1"},
    {"net", "policy", "constan constantly Step constant|step fixed"},
    {"net", "burn_in", "-1 2147483648"},
    {"net", "power", "-1 101"},
    {"net", "step", "0 -1 2147483648"},
    {"net", "scale", "-1 1e7"},
    {"net", "steps", "-1 1,-1 1,,2 ,1 1,x 1.5,2"},
    {"net", "scales", "-1 1,-1 .1,,.2 ,1 .1,x"},
    {"net", "gamma", "-1 1e7"},
    {"net", "max_batches", "0 -1 2147483648"},
    {"label_embed", "classes", "0 -1 65537"},
    {"label_embed", "size", "-1 65537"},
    {"label_embed", "spatial", "2 -1"},
    {"label_embed", "dropout", "1 1.5 -0.1"},
    {"gated_vstack", "filters", "0 -3 65537"},
    {"gated_vstack", "size", "0 -1 2 4 256 257 65536"},
    {"gated_vstack", "dilation", "0 -1 256"},
    {"gated_vstack", "factored", "2 -1"},
    {"gated_vstack", "from", "img Image image,1 1,2 -9"},
    {"gated_hstack", "filters", "0 -3 65537"},
    {"gated_hstack", "size", "0 -1 1 2 4 256 257 65536"},
    {"gated_hstack", "dilation", "0 -1 256"},
    {"gated_hstack", "mask", "c A ab a|b 0"},
    {"gated_hstack", "residual", "1 2 -1"},
    {"gated_hstack", "from", "img Image image,1 1,2 -9"},
    {"gated_hstack", "vertical", "img image 1,2 -9 7"},
    {"skip_sum", "filters", "0 -3 65537"},
    {"skip_sum", "layers", "all 2,,4 ,2 -100 9"},
    {"skip_sum", "activation", "rel relux ReLU relu|leaky swish 1"},
    {"pixel_softmax", "levels", "0 1 -4 257"},
    {"convolutional", "filters", "0 -3 65537"},
    {"convolutional", "size", "0 -1 2 3"},
    {"convolutional", "stride", "0 -1 2"},
    {"convolutional", "pad", "2 -1"},
    {"convolutional", "padding", "1 -1"},
    {"convolutional", "groups", "0 -1 2 4"},
    {"convolutional", "batch_normalize", "1 -1"},
    {"convolutional", "activation", "lin linear|relu Linear swish"},
    {"activation", "activation", "tan tanh|relu TANH swish"},
};

/* What no key of a type takes. */
static const char *bad_for_type(key_type t)
{
    switch (t) {
    case KEY_INT:
        return "abc 1.5 1x 99999999999999999999";
    case KEY_FLOAT:
        return "abc nan inf 0.5x";
    case KEY_LAYER:
        return "abc 1x 1.5 99 4294967296 -4294967296";
    case KEY_INTS:
    case KEY_LAYERS:
        return "abc 1, 1x 1.5";
    case KEY_FLOATS:
        return "abc nan 0.5,inf 0.5, 1x";
    default:
        return "abc nan";
    }
}

/* GREY with key=value in its first such section, as replacement or as a new line. */
static void value_refused(const char *section, const char *key, const char *value)
{
    char text[TEXT], find[64], line[128], says[256];
    snprintf(find, sizeof find, "[%s]", section);
    const char *head = strchr(strstr(GREY, find), '\n') + 1, *end = strstr(head, "\n["), *at;
    snprintf(find, sizeof find, "%s=", key);
    for (at = head; at < end && strncmp(at, find, strlen(find)); at = strchr(at, '\n') + 1)
        if (*at == '\n' || !at[1]) break;
    int stands = !strncmp(at, find, strlen(find));
    snprintf(line, sizeof line, "@%s=%s%s", key, value, stands ? "" : "\n");
    snprintf(says, sizeof says, "[%s] %s=%s: ", section, key, value);
    if (!stands) at = head;
    cfg_refused(text, splice(text, GREY, at, stands ? strcspn(at, "\n") : 0, line), says);
}

static void values_refused(const char *section, const char *key, const char *list)
{
    char copy[256], *rest;
    snprintf(copy, sizeof copy, "%s", list);
    for (char *value = strtok_r(copy, " ", &rest); value; value = strtok_r(0, " ", &rest))
        value_refused(section, key, value);
}

static void every_key_refuses_bad_values(void **state)
{
    (void)state;
    need_world();
    for (int k = 0; k < cfg_nkeys; ++k) {
        int found = 0;
        for (int i = 0; i < COUNT(values); ++i) {
            if (strcmp(values[i].section, cfg_keys[k].section) || strcmp(values[i].key, cfg_keys[k].key)) continue;
            values_refused(values[i].section, values[i].key, values[i].bad);
            values_refused(values[i].section, values[i].key, bad_for_type(cfg_keys[k].type));
            found = 1;
        }
        if (!found) fail_msg("[%s] %s: has no bad values here", cfg_keys[k].section, cfg_keys[k].key);
    }
    report();
}

/* ---- cfg files that are right ---- */

static const struct {
    const char *prefix, *newline, *equals; // newline and = are replaced by these
    int spaces;                            // before each newline
} spellings[] = {
    {"", "\r\n", "=", 0},
    {"\xef\xbb\xbf", "\n", "=", 0},
    {"\xef\xbb\xbf", "\r\n", "=", 0},
    {"", "\t\n\t", "\t=\t", 0},
    {"  \n\n\t\n", "  \n  ", " = ", 0},
    {"# first\n; second\n", " # [net] x=1\n ; [x]\n", "=", 0},
    {"#= [ ] \xc3\xa4\n", "\f\v\n", "=", 0},
    {"", "\n", "=", 100000},
};

/* GREY in that spelling, without a newline at its end. Free it. */
static char *spelt(int i)
{
    char *text = calloc(1 << 23, 1), *to = text + sprintf(text, "%s", spellings[i].prefix);
    for (const char *from = GREY; from[1]; ++from) {
        if (*from == '\n')
            to += sprintf(to, "%*s%s", spellings[i].spaces, "", spellings[i].newline);
        else if (*from == '=')
            to += sprintf(to, "%s", spellings[i].equals);
        else
            *to++ = *from;
    }
    return text;
}

static const cfg_case synonyms[] = {
    {GREY, "[net]", "[network]", 0},
    {GREY, "[convolutional]", "[conv]", 0},
    {GREY, "#v1", "\nfrom=image", 0},
    {GREY, "#v1", "\nfrom=0\ndilation=1\nfactored=0", 0},
    {GREY, "#h1", "\nfrom=image\nvertical=1\nresidual=0", 0},
    {GREY, "#h1", "\nfrom=-2\nvertical=-1\ndilation=1", 0},
    {GREY, "#v2", "\nfrom=1\nsize=3", 0},
    {GREY, "#v2", "\nfrom=-2", 0},
    {GREY, "#h2", "\nfrom=2\nvertical=3\nmask=b\nresidual=1", 0},
    {GREY, "#h2", "\nfrom=-2\nvertical=-1", 0},
    {GREY, "#skip", "\nlayers=2,4", 0},
    {GREY, "#skip", "\nlayers = -3, -1", 0},
    {GREY, "#c1", "\nstride=1\npad=1\npadding=0\ngroups=1\nbatch_normalize=0", 0},
    {GREY, "#net", "\npolicy=steps\nsteps=1,2\nscales=.1,.1\nB1=0\nB2=0.5\neps=1e-16\nema=0.5\nclip_norm=1", 0},
    {GREY, "#net", "\npolicy=poly\npower=2\nburn_in=10\nmomentum=0\ndecay=0", 0},
    {GREY, "#label", "\ndropout=0.5\nspatial=0", 0},
};

static void eval_prints(const char *what, const char *expected)
{
    static run_result r;
    ++cases;
    run_command(&r, "ulimit -t 30; exec $DARKNET pixelcnn eval $BAD $WEIGHTS $DATA");
    if (!r.status && !strcmp(r.out, expected)) return;
    ++failures;
    print_error("%s\n    expected status 0 and %s\n    status %d: %s\n    %.500s\n", what, expected, r.status, r.out,
                last_line(r.err));
}

/* Spelt otherwise the net is the same, so that its likelihood is too. */
static void spelling_means_nothing(void **state)
{
    static run_result good;
    char text[TEXT], what[64];
    (void)state;
    need_world();
    run_command(&good, "$DARKNET " EVAL);
    assert_non_null(strstr(good.out, "nats/dim"));
    for (int i = 0; i < COUNT(spellings); ++i) {
        char *whole = spelt(i);
        write_text(path_of("BAD"), whole);
        free(whole);
        snprintf(what, sizeof what, "spelling %d", i);
        eval_prints(what, good.out);
    }
    for (int i = 0; i < COUNT(synonyms); ++i) {
        splice(text, GREY, strstr(GREY, synonyms[i].from), strlen(synonyms[i].from), synonyms[i].to);
        write_text(path_of("BAD"), text);
        eval_prints(synonyms[i].to, good.out);
    }
    report();
}

/* ---- command lines ---- */

#define SMALL_DISK "ulimit -f 8; trap '' XFSZ;" // a write beyond 4 or 8 KiB fails

static const struct {
    const char *arguments, *says, *before;
} commands[] = {
    {"nosuch", "nosuch: not a command & pixelcnn", 0},
    {"pixelcn train $CFG $DATA", "pixelcn: not a command", 0},
    {"-nogpu nosuch", "nosuch", 0},
    {"-nosuch", "-nosuch", 0},
    {"pixelcnn", "usage: ./darknet pixelcnn COMMAND", 0},
    {"pixelcnn nosuch", "no command 'nosuch'", 0},
    {"pixelcnn Train $CFG $DATA", "no command 'Train'", 0},
    {"pixelcnn -help", "no command '-help'", 0},
    {"pixelcnn ''", "no command ''", 0},
    {"pixelcnn train", "usage: ./darknet pixelcnn train CFG DATA", 0},
    {"pixelcnn train $CFG", "usage: ./darknet pixelcnn train CFG DATA", 0},
    {"pixelcnn eval", "usage: ./darknet pixelcnn eval CFG WEIGHTS DATA", 0},
    {"pixelcnn eval $CFG $WEIGHTS", "usage: ./darknet pixelcnn eval CFG WEIGHTS DATA", 0},
    {"pixelcnn sample $CFG -out $OUT/x.png", "pixelcnn sample & good.cfg & weights are missing", 0},
    {TRAIN " $WEIGHTS extra", "pixelcnn train: 'extra' is one argument too many", 0},
    {EVAL " extra", "pixelcnn eval: 'extra' is one argument too many", 0},
    {EVAL " -json yes", "pixelcnn eval: 'yes' is one argument too many", 0},
    {SAMPLE " extra", "pixelcnn sample: 'extra' is one argument too many", 0},
    {TRAIN " -sede 1", "pixelcnn train: unknown option -sede & -seed", 0},
    {TRAIN " --seed 1", "pixelcnn train: unknown option --seed", 0},
    {TRAIN " -json", "pixelcnn train: unknown option -json", 0},
    {EVAL " -seed 1", "pixelcnn eval: unknown option -seed", 0},
    {SAMPLE " -backup x", "pixelcnn sample: unknown option -backup", 0},
    {SAMPLE " -n=3", "pixelcnn sample: unknown option -n=3", 0},
    /* files that are missing or none */
    {"pixelcnn train nosuch.cfg $DATA -backup $OUT/b", "nosuch.cfg: cannot open: No such file", 0},
    {"pixelcnn eval nosuch.cfg $WEIGHTS $DATA", "nosuch.cfg: cannot open: No such file", 0},
    {"pixelcnn sample nosuch.cfg $WEIGHTS -out $OUT/x.png", "nosuch.cfg: cannot open: No such file", 0},
    {"pixelcnn train '' $DATA -backup $OUT/b", "cannot open: No such file", 0},
    {"pixelcnn train $CFG/x $DATA -backup $OUT/b", "good.cfg/x: cannot open: Not a directory", 0},
    {"pixelcnn train $EMPTY $DATA -backup $OUT/b", "empty-folder: cannot read: Is a directory", 0},
    {"pixelcnn train /dev/null $DATA -backup $OUT/b", "/dev/null: has no sections", 0},
    {"pixelcnn train $WEIGHTS $DATA -backup $OUT/b", "good_final.weights: byte 0 is 0: not a cfg", 0},
    {TRAIN_BAD, "bad.cfg: byte 6 is 0: not a cfg", "printf '[net]\\n\\0' >$BAD;"},
    {TRAIN_BAD, "bad.cfg: larger than", "head -c 17000000 /dev/zero | tr '\\0' '#' >$BAD;"},
    {TRAIN_BAD, "bad.cfg: larger than", "head -c 17000000 /dev/zero >$BAD;"},
    {TRAIN " $OUT/none", "none: cannot open: No such file", 0},
    {TRAIN " -5", "-5: cannot open: No such file", 0},
    {EVAL, "good_final.weights & 0 bytes", "WEIGHTS=$SCRATCH/x/good_final.weights; mkdir -p $SCRATCH/x; : >$WEIGHTS;"},
    {"pixelcnn eval $CFG $OUT/none $DATA", "none: cannot open: No such file", 0},
    {"pixelcnn eval $CFG $EMPTY $DATA", "empty-folder: & weights", 0},
    {"pixelcnn eval $CFG /dev/null $DATA", "/dev/null: 0 bytes", 0},
    {"pixelcnn eval $CFG $CFG $DATA", "good.cfg: & weights", 0},
    {"pixelcnn eval $CFG $DATA $WEIGHTS", "data: & weights", 0},
    {"pixelcnn sample $CFG $OUT/none -out $OUT/x.png", "none: cannot open: No such file", 0},
    {"pixelcnn sample $CFG $CFG -out $OUT/x.png", "good.cfg: & weights", 0},
    {"pixelcnn eval $CFG $WEIGHTS $OUT/none", "none: no t10k-images-idx3-ubyte", 0},
    {"pixelcnn eval $CFG $WEIGHTS $EMPTY", "empty-folder: no t10k-images-idx3-ubyte", 0},
    {"pixelcnn eval $CFG $WEIGHTS $CFG", "good.cfg: no t10k-images-idx3-ubyte", 0},
    {"pixelcnn eval $CFG $WEIGHTS ''", "no t10k-images-idx3-ubyte", 0},
    {"pixelcnn eval $CFG $WEIGHTS $RGB", "t10k-images-idx4-ubyte: images of 3 channels & channels=1", 0},
    {"pixelcnn train $CFG $EMPTY -backup $OUT/b", "empty-folder: no train-images-idx3-ubyte", 0},
    {"pixelcnn train $CFG $FEW -backup $OUT/b", "nine-images: 9 training images; at least 10", 0},
    {TRAIN_BAD, "train-images-idx3-ubyte: images of 1 channels, 6 x 5 & height=7",
     "sed s/height=6/height=7/ $CFG >$BAD;"},
    {TRAIN_BAD, "train-labels-idx1-ubyte: byte & label 2, the cfg has classes=2",
     "sed s/classes=3/classes=2/ $CFG >$BAD;"},
    {"ops nosuch.cfg", "nosuch.cfg: cannot open", 0},
    {"ops /dev/null", "/dev/null: has no sections", 0},
    {"ops $BAD", "bad.cfg:1: 'batch=1' stands before any section", "printf 'batch=1\\n[net]\\n' >$BAD;"},
    {"ops $BAD", "bad.cfg:2: [nosuch]: no such layer", "printf '[net]\\n[nosuch]\\n' >$BAD;"},
    {"ops $BAD", "bad.cfg:16: [gated_vstack] filters=x: ", "sed 's/^filters=4/filters=x/' $CFG >$BAD;"},
    /* places that cannot be written */
    {SAMPLE " -out $OUT/none/x.png", "none/x.png: cannot create: No such file", 0},
    {SAMPLE " -out $CFG/x.png", "good.cfg/x.png: cannot create: Not a directory", 0},
    {SAMPLE " -out /proc/x.png", "/proc/x.png: cannot create", 0},
    {SAMPLE " -out $OUT", "/out: ", 0},
    {SAMPLE " -out ''", "pixelcnn sample: -out", 0},
    {SAMPLE " -out $OUT/$(printf %0300d 0).png", "File name too long", 0},
    {SAMPLE " -n 1024 -scale 8", "x.png: cannot write: File too large", SMALL_DISK},
    {SAMPLE " -n 8100 -scale 64", "x.png: & too large", 0},
    {"pixelcnn train $CFG $DATA -backup $OUT/none/b", "none/b: cannot make the folder: No such file", 0},
    {"pixelcnn train $CFG $DATA -backup /proc/none", "/proc/none: cannot make the folder", 0},
    {"pixelcnn train $CFG $DATA -backup /proc", "/proc/good_last.weights: cannot create", 0},
    {"pixelcnn train $CFG $DATA -backup $CFG/b", "good.cfg/b: cannot make the folder: Not a directory", 0},
    {"pixelcnn train $CFG $DATA -backup $CFG", "good.cfg: & folder", 0},
    {"pixelcnn train $CFG $DATA -backup /dev/full", "/dev/full: & folder", 0},
    {"pixelcnn train $CFG $DATA -backup ''", "pixelcnn train: -backup", 0},
    {"pixelcnn train $BAD $DATA -backup $OUT", "bad_last.weights: cannot write: File too large",
     "sed s/^size=2/size=1000/ $CFG >$BAD; " SMALL_DISK},
    {TRAIN " -log $OUT/none/x.csv", "none/x.csv: cannot create: No such file", 0},
    {TRAIN " -log $EMPTY", "empty-folder: cannot create: Is a directory", 0},
    {TRAIN " -log ''", "pixelcnn train: -log", 0},
    {TRAIN " -log /dev/full", "/dev/full: & No space left", 0},
    {EVAL " >/dev/full", "No space left", 0},
    {EVAL " -json >/dev/full", "No space left", 0},
    {SAMPLE " -out $FULL", "/full: ", 0}, // a link, so that a rename to it harms nothing
    /* counts that wrap around */
    {"pixelcnn sample $BAD $OUT/../w/bad_final.weights -n 65536 -label all -out $OUT/x.png", "-n 65536: too many",
     "sed 's/^classes=3/classes=65536/;s/^size=2/size=1/' $CFG >$BAD;"
     "$DARKNET pixelcnn train $BAD $DATA -backup $OUT/../w 2>/dev/null;"},
};

static void commands_are_refused(void **state)
{
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(commands); ++i) refused(commands[i].before, commands[i].arguments, commands[i].says);
    report();
}

static const struct {
    const char *command, *option, *bad;
} options[] = {
    {TRAIN, "-seed", "abc -1 1.5 1x 2147483648 99999999999999999999 ''"},
    {TRAIN, "-save_every", "abc -1 1.5 2147483648"},
    {TRAIN, "-eval_every", "abc -1 1.5 2147483648"},
    {TRAIN, "-seconds", "abc -1 nan inf 1e10 1x"},
    {TRAIN, "-backup", ""},
    {TRAIN, "-log", ""},
    {EVAL, "-limit", "abc -1 1.5 1x 2147483648"},
    {EVAL, "-batch", "abc 0 -1 65537 1.5"},
    {SAMPLE, "-n", "abc -1 1.5 1000001 1x"},
    {SAMPLE, "-temp", "abc -1 nan inf 101 1x"},
    {SAMPLE, "-seed", "abc -1 1.5 2147483648"},
    {SAMPLE, "-scale", "abc 0 -1 65 1.5"},
    {SAMPLE, "-out", ""},
    {SAMPLE, "-label", "3 -1 x 0.5 1x 1: 1:x 1:nan 1:inf 1:1e39 1:1:1 1, ,1 1,,2 '1;2' 1,none 99999999999999999999 ''"},
};

static void options_refuse_bad_values(void **state)
{
    char list[256], arguments[512], says[128], *rest;
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(options); ++i) {
        snprintf(list, sizeof list, "%s", options[i].bad);
        for (char *value = strtok_r(list, " ", &rest); value; value = strtok_r(0, " ", &rest)) {
            snprintf(arguments, sizeof arguments, "%s %s %s", options[i].command, options[i].option, value);
            snprintf(says, sizeof says, strcmp(value, "''") ? "%s %s & expected" : "pixelcnn & %s needs a value",
                     options[i].option, *value == '\'' ? "" : value);
            refused(0, arguments, says);
        }
        snprintf(arguments, sizeof arguments, "%s %s", options[i].command, options[i].option);
        snprintf(says, sizeof says, "pixelcnn & %s needs a value", options[i].option);
        refused(0, arguments, says);
    }
    refused(0, "pixelcnn sample $PLAIN $PLAIN_WEIGHTS -label 1 -out $OUT/x.png",
            "-label 1: this net has no [label_embed]");
    report();
}

/* ---- damaged files ---- */

/* Does to the n bytes what `how` says: "byte 3=1", "flip -1" (from the end), "size=9", "size+1", "size-1", "random",
   several with commas between. data has room for n + 64 bytes; returns the new n. */
static int damage(unsigned char *data, int n, const char *how)
{
    for (; how; how = strchr(how, ',') ? strchr(how, ',') + 1 : 0) {
        int at = 0, value = 0;
        if (sscanf(how, "byte %d=%d", &at, &value) == 2)
            data[at] = value;
        else if (sscanf(how, "flip %d", &at) == 1)
            data[at < 0 ? n + at : at] ^= 255;
        else if (sscanf(how, "size=%d", &value) == 1)
            n = value;
        else if (sscanf(how, "size%d", &value) == 1)
            n += value;
        else if (!strncmp(how, "random", 6))
            for (unsigned i = 0, x = 12345; i < (unsigned)n; ++i) data[i] = (x = x * 1664525 + 1013904223) >> 24;
    }
    return n;
}

/* A file's content with room behind it. Free it. */
static unsigned char *roomy(const char *path, int *n)
{
    size_t bytes;
    char *text = read_whole(path, &bytes);
    unsigned char *data = calloc(bytes + 64, 1);
    memcpy(data, text, bytes);
    free(text);
    *n = bytes;
    return data;
}

#define IMAGES "t10k-images-idx3-ubyte"
#define LABELS "t10k-labels-idx1-ubyte"

enum { RAW, PACKED, PACKED_FIRST }; // as it is; compressed after the damage; compressed before it

static const struct {
    const char *file, *how;
    int form;
    const char *says;
} damages[] = {
    {IMAGES, "remove", RAW, "bad-data: no t10k-images-idx3-ubyte"},
    {IMAGES, "folder", RAW, "damaged & Is a directory"},
    {IMAGES, "byte 0=1", RAW, "byte 0: magic 01000803, expected 000008"},
    {IMAGES, "byte 1=1", RAW, "byte 0: magic 00010803"},
    {IMAGES, "byte 2=13", RAW, "byte 0: magic 00000d03"},
    {IMAGES, "byte 3=0", RAW, "byte 0: magic 00000800 & 3 to 4 dimensions"},
    {IMAGES, "byte 3=1", RAW, "byte 0: magic 00000801 & 3 to 4 dimensions"},
    {IMAGES, "byte 3=4", RAW, "dimension"},
    {IMAGES, "byte 3=255", RAW, "byte 0: magic 000008ff & 3 to 4 dimensions"},
    {IMAGES, "random", RAW, "byte 0: magic"},
    {IMAGES, "byte 7=0", RAW, "byte 4: dimension 0 is 0"},
    {IMAGES, "byte 11=0", RAW, "byte 8: dimension 1 is 0"},
    {IMAGES, "byte 15=0", RAW, "byte 12: dimension 2 is 0"},
    {IMAGES, "byte 4=255", RAW, "byte 4: dimension 0 is 4278190092"},
    {IMAGES, "byte 4=127", RAW, "376 bytes of content & truncated"},
    {IMAGES, "byte 4=127,byte 8=127", RAW, "byte 8: dimension 1 is 2130706438 & too large"},
    {IMAGES, "byte 4=12,byte 7=0", RAW, "376 bytes of content & truncated"},
    {IMAGES, "byte 7=13", RAW, "376 bytes of content, its dimensions need 406: truncated"},
    {IMAGES, "byte 11=7", RAW, "376 bytes of content, its dimensions need 436: truncated"},
    {IMAGES, "byte 7=11", RAW, "more than the 346 bytes"},
    {IMAGES, "byte 15=4", RAW, "more than the 304 bytes"},
    {IMAGES, "byte 11=5,byte 15=6", RAW, "images of 1 channels, 5 x 6 & height=6 width=5"},
    {IMAGES, "size=0", RAW, "shorter than 4 bytes"},
    {IMAGES, "size=3", RAW, "shorter than 4 bytes"},
    {IMAGES, "size=4", RAW, "byte 4: truncated within the dimensions"},
    {IMAGES, "size=15", RAW, "byte 12: truncated within the dimensions"},
    {IMAGES, "size=16", RAW, "16 bytes of content & truncated"},
    {IMAGES, "size-1", RAW, "375 bytes of content & 376: truncated"},
    {IMAGES, "size+1", RAW, "more than the 376 bytes"},
    {IMAGES, "byte 0=1", PACKED, "byte 0: magic 01000803"},
    {IMAGES, "size-1", PACKED, "375 bytes of content & truncated"},
    {IMAGES, "size+1", PACKED, "more than the 376 bytes"},
    {IMAGES, "size=0", PACKED, "shorter than 4 bytes"},
    {IMAGES, "size=0", PACKED_FIRST, "shorter than 4 bytes"},
    {IMAGES, "size=5", PACKED_FIRST, "damaged"},
    {IMAGES, "size=10", PACKED_FIRST, "damaged"},
    {IMAGES, "size=100", PACKED_FIRST, "damaged"},
    {IMAGES, "size-8", PACKED_FIRST, "damaged"},
    {IMAGES, "size-1", PACKED_FIRST, "damaged"},
    {IMAGES, "flip 2", PACKED_FIRST, "damaged"},
    {IMAGES, "flip 60", PACKED_FIRST, ""},
    {IMAGES, "flip -8", PACKED_FIRST, "damaged"},
    {IMAGES, "flip -1", PACKED_FIRST, "damaged"},
    {LABELS, "remove", RAW, "bad-data: no t10k-labels-idx1-ubyte"},
    {LABELS, "byte 2=9", RAW, "byte 0: magic 00000901"},
    {LABELS, "byte 3=3", RAW, "byte 0: magic 00000803 & 1 to 1 dimensions"},
    {LABELS, "size=0", RAW, "shorter than 4 bytes"},
    {LABELS, "size=7", RAW, "byte 4: truncated within the dimensions"},
    {LABELS, "size-1", RAW, "19 bytes of content & 20: truncated"},
    {LABELS, "size+1", RAW, "more than the 20 bytes"},
    {LABELS, "byte 7=11,size-1", RAW, "11 labels for 12 images"},
    {LABELS, "byte 7=13,size+1", RAW, "13 labels for 12 images"},
    {LABELS, "byte 8=3", RAW, "byte 8: label 3, the cfg has classes=3"},
    {LABELS, "byte 19=255", RAW, "byte 19: label 255, the cfg has classes=3"},
    {LABELS, "byte 8=3", PACKED, "byte 8: label 3"},
    {LABELS, "size-1", PACKED_FIRST, "damaged"},
    {"train-images-idx3-ubyte", "remove", RAW, "bad-data: no train-images-idx3-ubyte"},
    {"train-images-idx3-ubyte", "size-1", RAW, "375 bytes of content & truncated"},
    {"train-images-idx3-ubyte", "size-4", PACKED_FIRST, "damaged"},
    {"train-labels-idx1-ubyte", "remove", RAW, "bad-data: no train-labels-idx1-ubyte"},
    {"train-labels-idx1-ubyte", "byte 10=77", RAW, "byte 10: label 77"},
};

static void pack(const char *path, const unsigned char *data, int n)
{
    gzFile f = gzopen(path, "wb");
    assert_int_equal(gzwrite(f, data, n), n);
    assert_int_equal(gzclose(f), Z_OK);
}

/* $BAD_DATA becomes $DATA with one file damaged. */
static void damage_data(const char *file, const char *how, int form)
{
    char raw[256], gz[272];
    int n;
    shell("rm -rf $BAD_DATA; cp -r $DATA $BAD_DATA");
    snprintf(raw, sizeof raw, "%s/%s", path_of("BAD_DATA"), file);
    snprintf(gz, sizeof gz, "%s.gz", raw);
    unsigned char *data = roomy(raw, &n);
    remove(raw);
    if (form == PACKED_FIRST) {
        pack(gz, data, n);
        free(data);
        data = roomy(gz, &n);
    }
    n = damage(data, n, how);
    if (!strcmp(how, "folder"))
        mkdir(raw, 0777);
    else if (form == PACKED)
        pack(gz, data, n);
    else if (strcmp(how, "remove"))
        write_file(form ? gz : raw, data, n);
    free(data);
}

static void damaged_data_is_refused(void **state)
{
    char says[256];
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(damages); ++i) {
        const char *file = damages[i].file, *how = damages[i].how;
        damage_data(file, how, damages[i].form);
        snprintf(says, sizeof says, "%s & %s", file, damages[i].says);
        refused(0,
                *file == 't' && file[1] == 'r' ? "pixelcnn train $CFG $BAD_DATA -backup $OUT/b"
                                               : "pixelcnn eval $CFG $WEIGHTS $BAD_DATA",
                says);
    }
    report();
}

static const struct {
    const char *how, *says, *from, *to; // the weights are damaged; in the cfg, `from` becomes `to`
} spoilt[] = {
    {"size=0", "0 bytes", 0, 0},
    {"size=1", "1 bytes", 0, 0},
    {"size=12", "12 bytes", 0, 0},
    {"size=15", "15 bytes", 0, 0},
    {"size=16", "16 bytes", 0, 0},
    {"size=19", "19 bytes", 0, 0},
    {"size=20", "20 bytes, this net needs & truncated", 0, 0},
    {"size=24", "24 bytes, this net needs & truncated", 0, 0},
    {"size-1", "truncated", 0, 0},
    {"size-4", "truncated", 0, 0},
    {"size+1", "too long", 0, 0},
    {"size+4", "too long", 0, 0},
    {"random", "", 0, 0},
    {"random,size=64", "", 0, 0},
    {"byte 0=1", "header 1.2, expected 0.2", 0, 0},
    {"byte 1=4", "", 0, 0},
    {"byte 3=128", "header -", 0, 0},
    {"byte 4=0", "", 0, 0},
    {"byte 4=1", "", 0, 0},
    {"byte 4=3", "header 0.3, expected 0.2", 0, 0},
    {"byte 7=128", "header 0.-", 0, 0},
    {"byte 11=255", "header 0.2.-", 0, 0},
    {"flip 8", "computes something else & revision", 0, 0},
    {"byte 20=0,byte 21=0,byte 22=192,byte 23=127", "layer 0, E[0] = nan", 0, 0},
    {"byte 20=0,byte 21=0,byte 22=128,byte 23=127", "layer 0, E[0] = inf", 0, 0},
    {"", "this net needs & truncated", "#v1\nfilters=4", "\nfilters=5"},
    {"", "this net needs & too long", "filters=8", "filters=7"},
    {"", "this net needs", "size=3\n\n[gated_hstack]", "size=5\n\n[gated_hstack]"},
    {"", "this net needs", "classes=3", "classes=4"},
    {"", "this net needs", "size=2", "size=0"},
    {"", "this net needs", "#label", "\nspatial=1"},
    {"", "this net needs", "#v1", "\nfactored=1"},
    {"", "this net needs", "#skip", "\nlayers=4"},
    {"", "revision", "dilation=2", "dilation=1"},
    {"", "revision", "#h2", "\ndilation=2"},
    {"", "revision", "#h2", "\nresidual=0"},
    {"", "revision", "#h2", "\nvertical=1"},
    {"", "revision", "#skip", "\nlayers=4,2"},
    {"", "revision", "activation=relu", "activation=elu"},
    {"", "revision", "activation=leaky", "activation=relu"},
    {"", "revision", "activation=tanh", "activation=relu"},
    {"", "revision", "[activation] #act\nactivation=tanh\n", ""},
};

static void spoil(const char *how, const char *from, const char *to)
{
    char text[TEXT] = "";
    int n;
    unsigned char *data = roomy(path_of("WEIGHTS"), &n);
    n = damage(data, n, how);
    write_file(path_of("BAD_WEIGHTS"), data, n);
    free(data);
    splice(text, GREY, from ? strstr(GREY, from) : GREY, from ? strlen(from) : 0, to ? to : "");
    write_text(path_of("BAD"), text);
}

static void spoilt_weights_are_refused(void **state)
{
    char says[256];
    (void)state;
    need_world();
    for (int i = 0; i < COUNT(spoilt); ++i) {
        spoil(spoilt[i].how, spoilt[i].from, spoilt[i].to);
        snprintf(says, sizeof says, "bad.weights: & %s", spoilt[i].says);
        refused(0, "pixelcnn eval $BAD $BAD_WEIGHTS $DATA", says);
        refused(0,
                i % 2 ? "pixelcnn sample $BAD $BAD_WEIGHTS -n 1 -out $OUT/x.png"
                      : "pixelcnn train $BAD $DATA $BAD_WEIGHTS -backup $OUT/b",
                says);
    }
    report();
}

/* A weight that lets a colour see a later one; the first such of each array. */
static void masked_weights_are_refused(void **state)
{
    char says[128], how[64];
    (void)state;
    need_world();
    network *net = net_of_text(COLOUR, 1);
    param_list all = net_params(net);
    int at = 20;
    for (int i = 0; i < all.n; at += all.p[i++].n * sizeof(float)) {
        if (!all.p[i].allowed) continue;
        size_t k = 0;
        while (all.p[i].allowed[k]) ++k;
        int n, first = at + k * sizeof(float);
        unsigned char *data = roomy(path_of("PLAIN_WEIGHTS"), &n);
        snprintf(how, sizeof how, "byte %d=63", first + 3);
        write_file(path_of("BAD_WEIGHTS"), data, damage(data, n, how));
        free(data);
        snprintf(says, sizeof says, "bad.weights: layer %d, %s[%zu] = ", all.layer[i], all.p[i].name, k);
        refused(0, "pixelcnn eval $PLAIN $BAD_WEIGHTS $RGB", says);
    }
    assert_true(cases >= 5);
    free_param_list(&all);
    free_network(net);
    report();
}

TEST_MAIN(cmocka_unit_test(leaks_are_refused), cmocka_unit_test(misfits_are_refused),
          cmocka_unit_test(stock_layers_are_refused), cmocka_unit_test(every_key_refuses_bad_values),
          cmocka_unit_test(spelling_means_nothing), cmocka_unit_test(commands_are_refused),
          cmocka_unit_test(options_refuse_bad_values), cmocka_unit_test(damaged_data_is_refused),
          cmocka_unit_test(spoilt_weights_are_refused), cmocka_unit_test(masked_weights_are_refused))
