/*
test_bad_cfg.c - cfg files that must be refused: nets in which a pixel would see itself or a later one, parts
that do not fit each other, syntax errors. At the end valid ones in unusual spelling.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/refused.h"

static const cfg_case leaks[] = {
    /* the image into mask b */
    {GREY, "mask=a", "@mask=b", "[gated_hstack] mask=b: a layer that reads the image needs mask=a"},
    {GREY, "[gated_hstack] #h1\nfilters=4\nsize=3\nmask=a", "@[gated_hstack]\nfilters=4",
     "[gated_hstack] mask: a layer that reads the image needs mask=a"},
    {GREY, "[gated_hstack] #h2", "@[gated_hstack]\nfrom=image",
     "[gated_hstack] mask: a layer that reads the image needs mask=a"},
    {GREY, "[gated_hstack] #h2", "@[gated_hstack]\nfrom=0",
     "[gated_hstack] mask: a layer that reads the image needs mask=a"},
    {GREY, "[gated_hstack] #h2", "@[gated_hstack]\nfrom=-4",
     "[gated_hstack] mask: a layer that reads the image needs mask=a"},
    {GREY, "#h2", "\nfrom=image\n@mask=b", "[gated_hstack] mask=b: a layer that reads the image needs mask=a"},
    {GREY, "[gated_vstack] #v1\nfilters=4\nsize=3\n\n[gated_hstack] #h1\nfilters=4\nsize=3\nmask=a",
     "[pixel_fourier]\n[gated_vstack]\nfilters=4\n@[gated_hstack]\nfilters=4\nfrom=1\n",
     "[gated_hstack] mask: a layer that reads the image needs mask=a"},
    {COLOUR, "mask=a", "@mask=b", "[gated_hstack] mask=b: a layer that reads the image needs mask=a"},
    {COLOUR, "[gated_hstack] #h2", "@[gated_hstack]\nfrom=image",
     "[gated_hstack] mask: a layer that reads the image needs mask=a"},
    /* mask a */
    {GREY, "#h1", "\n@residual=1", "[gated_hstack] residual=1: with mask=a"},
    {COLOUR, "#h1", "\n@residual=1", "[gated_hstack] residual=1: with mask=a"},
    {GREY, "#h2", "\n@mask=a", "[gated_hstack] mask=a: mask=a is only for a layer"},
    {GREY, "#h1\nfilters=4\nsize=3", "\nfilters=4\n@size=1", "[gated_hstack] size=1: with mask=a"},
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
    {GREY, "#skip", "\n@layers=image", "[skip_sum] layers=image: expected layer numbers"},
    {GREY, "[gated_hstack] #h1", "@[skip_sum]\nfilters=4\n[gated_hstack]", "[skip_sum] layers: no gated_hstack"},
    /* the head */
    {GREY, "[gated_vstack] #v1", "@[convolutional]\n[gated_vstack]", "[convolutional]: the head must follow"},
    {GREY, "[gated_hstack] #h2", "@[convolutional]\n[gated_hstack]", "[convolutional]: the head must follow"},
    {GREY, "[gated_vstack] #v1", "@[activation]\n[gated_vstack]", "[activation]: the head must follow"},
    {GREY, "[gated_hstack] #h2", "@[activation]\n[gated_hstack]", "[activation]: the head must follow"},
    {GREY, "[pixel_softmax]", "[gated_vstack]\nfilters=4\n@[pixel_softmax]", "[pixel_softmax]: the head must follow"},
    {GREY, "[pixel_softmax]", "[gated_vstack]\nfilters=4\n@[conv]\n[pixel_softmax]",
     "[convolutional]: the head must follow"},
    {"", "", "[net]\nheight=6\nwidth=5\n@[pixel_softmax]\nlevels=4\n", "[pixel_softmax]: the head must follow"},
    {"", "", "[net]\nheight=6\nwidth=5\n@[conv]\nfilters=4\n[pixel_softmax]\nlevels=4\n",
     "[convolutional]: the head must follow"},
    {"", "", "[net]\nheight=6\nwidth=5\n[label_embed]\nclasses=3\n@[pixel_softmax]\nlevels=4\n",
     "[pixel_softmax]: the head"},
    {GREY, "filters=8\nsize=1", "filters=8\n@size=3", "[convolutional] size=3: expected & later"},
    {GREY, "filters=8\nsize=1", "filters=8\n@size=2", "[convolutional] size=2: expected"},
    {GREY, "#c1", "\n@stride=2", "[convolutional] stride=2: expected"},
    {GREY, "#c1", "\n@batch_normalize=1", "[convolutional] batch_normalize=1: expected"},
    {GREY, "[gated_vstack] #v2", "[conv]\nfilters=4\n[gated_vstack]", "feeds"}, // h1's gradient would be lost
    {GREY, "#c1", "\n@groups=3", "[convolutional] groups=3: an image with 1 channel needs groups=1"},
    /* colours in their order */
    {COLOUR, "[convolutional] #c1\nfilters=6\ngroups=3", "@[convolutional]\nfilters=6",
     "[convolutional] groups: an image with 3"},
    {COLOUR, "groups=3", "@groups=1", "[convolutional] groups=1: an image with 3 channels needs groups=3"},
    {COLOUR, "groups=3", "@groups=2", "[convolutional] groups=2: an image with 3 channels needs groups=3"},
    {COLOUR, "#h1\nfilters=6", "\n@filters=4",
     "[gated_hstack] filters=4: must be a multiple of the image's 3 channels"},
    {COLOUR, "#h2\nfilters=6", "\n@filters=7",
     "[gated_hstack] filters=7: must be a multiple of the image's 3 channels"},
    {COLOUR, "#skip\nfilters=6", "\n@filters=5", "[skip_sum] filters=5: must be a multiple of the image's 3 channels"},
    {COLOUR, "#c1\nfilters=6", "\n@filters=8",
     "[convolutional] filters=8: must be a multiple of the image's 3 channels"},
};

static void leaks_are_refused(void **state)
{
    (void)state;
    run_cfg_cases(leaks, COUNT(leaks));
}

#define WIDE "[net]\nheight=1\nwidth=1\n[gated_vstack]\nfilters=65536\nsize=1\n"
#define LARGE "[net]\nheight=256\nwidth=256\nbatch=4\n[gated_vstack]\nfilters=1\n"
#define LARGE_H LARGE "[gated_hstack]\nfilters=1\nmask=a\n"

static const cfg_case misfits[] = {
    {GREY, "[gated_vstack] #v1", "@[label_embed]\nclasses=3\n[gated_vstack]", "[label_embed]: must be the first layer"},
    {COLOUR, "[skip_sum]", "@[label_embed]\nclasses=3\n[skip_sum]", "[label_embed]: must be the first layer"},
    {GREY, "[gated_hstack] #h1", "@[pixel_fourier]\n[gated_hstack]",
     "[pixel_fourier]: must come before the first gated"},
    {GREY, "[gated_vstack] #v1", "[pixel_fourier]\n@[pixel_fourier]\n[gated_vstack]",
     "[pixel_fourier]: must come before the first gated"},
    {COLOUR, "[gated_vstack]", "[pixel_fourier]\n@[label_embed]\nclasses=3\n[gated_vstack]",
     "[label_embed]: must be the first layer"},
    {GREY, "[gated_vstack] #v1", "[pixel_fourier]\n@[conv]\nfilters=4\n[gated_vstack]",
     "[convolutional]: the head must follow"},
    {GREY, "[skip_sum]", "@[pixel_softmax]\nlevels=4\n[skip_sum]", "[pixel_softmax]: must be the last layer"},
    {GREY, "[pixel_softmax] #loss\nlevels=4", "@[activation]", "[activation]: the last layer must be [pixel_softmax]"},
    {GREY, "levels=4\n", "levels=4\n@[activation]\n", "[activation]: the last layer must be [pixel_softmax]"},
    {GREY, "levels=4", "@levels=5", "[pixel_softmax] levels=5: needs 5 input channels & has 4"},
    {COLOUR, "levels=2", "@levels=4", "[pixel_softmax] levels=4: needs 12 input channels & has 6"},
    {GREY, "#h2\nfilters=4", "\nfilters=6\n@residual=1",
     "[gated_hstack] residual=1: cannot add an input of 4 channels to 6"},
    {GREY, "[gated_hstack] #h2\nfilters=4", "@[gated_hstack]\nfilters=6",
     "[gated_hstack] residual: cannot add an input"},
    {GREY, "size=2", "size=0\n@spatial=1", "[label_embed] spatial=1: needs size"},
    {GREY, "subdivisions=1", "@subdivisions=3", "[net] subdivisions=3: must divide batch=2"},
    {GREY, "#skip", "\n@layers=4,2,4", "[skip_sum] layers=4,2,4: layer 4 is listed twice"},
    {GREY, "#skip", "\n@layers=4,-1", "[skip_sum] layers=4,-1: layer 4 is listed twice"},
    {GREY, "#net", "\npolicy=steps\nsteps=1\n[x]", "bad.cfg"},
    {GREY, "[net] #net", "@[net]\npolicy=steps", "[net] steps: policy=steps needs as many scales"},
    {GREY, "#net", "\n@angle=10", "[net] angle=10: has no effect with distort=0"},
    {GREY, "#net", "\ndistort=0\n@aspect=2", "[net] aspect=2: has no effect with distort=0"},
    {GREY, "#net", "\npolicy=steps\n@steps=1",
     "[net] steps=1: policy=steps needs as many scales as steps, got 1 step and 0 scales"},
    {GREY, "#net", "\npolicy=steps\n@steps=1,2\nscales=.1", "[net] steps=1,2: & got 2 steps and 1 scale"},
    {GREY, "#net", "\npolicy=steps\n@steps=5,2\nscales=.1,.1", "[net] steps=5,2: & got 2 after 5"},
    {GREY, "max_batches=1", "max_batches=9\n@policy=exp\ngamma=1e6",
     "[net] policy=exp: the learning rate would be inf at max_batches="},
    {GREY, "max_batches=1", "max_batches=9\n@policy=step\nscale=1e6",
     "[net] policy=step: the learning rate would be inf at max_batches="},
    /* layers that do not exist */
    {GREY, "#skip", "\n@layers=-100", "[skip_sum] layers=-100: layer -95 does not come before this one"},
    {GREY, "#skip", "\n@layers=5", "[skip_sum] layers=5: layer 5 does not come before this one"},
    {GREY, "#skip", "\n@layers=2,99", "[skip_sum] layers=2,99: layer 99 does not come before this one"},
    {GREY, "#v2", "\n@from=-100", "[gated_vstack] from=-100: layer -97 does not come before this one"},
    {GREY, "#v2", "\n@from=3", "[gated_vstack] from=3: layer 3 does not come before this one"},
    {GREY, "#h2", "\n@from=4", "[gated_hstack] from=4: layer 4 does not come before this one"},
    {GREY, "#h2", "\n@vertical=9", "[gated_hstack] vertical=9: layer 9 does not come before this one"},
    {GREY, "#h2", "\n@vertical=-5", "[gated_hstack] vertical=-5: layer -1 does not come before this one"},
    {GREY, "#v2", "\n@from=4294967297", "[gated_vstack] from=4294967297: "},
    {GREY, "#v2", "\n@from=18446744073709551613", "[gated_vstack] from=18446744073709551613: "},
    {GREY, "#skip", "\n@layers=4294967300", "[skip_sum] layers=4294967300: "},
    /* sizes beyond an int */
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
    {"", "", WIDE "@[gated_vstack]\nfilters=8000\nsize=5\nfactored=1\n[pixel_softmax]\nlevels=2\n",
     "[gated_vstack]: & weights"},
    {GREY, "#h1\nfilters=4\nsize=3", "\nfilters=33168\nsize=255\n@dilation=255",
     "[gated_hstack] dilation=255: & floats for 33168 filters & reach"},
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
    {GREY, "#v1", "\n@filters=4", "[gated_vstack] filters=4: duplicate key"},
    {GREY, "#net", "\n@height=7", "[net] height=7: duplicate key"},
    /* syntax errors */
    {"", "", "", "has no sections"},
    {"", "", "\n\n # a comment\n; another\n\t\r\n", "has no sections"},
    {"", "", "\xef\xbb\xbf", "has no sections"},
    {"", "", "@[net]\n", "[net]: has no layers after it"},
    {"", "", "@[gated_vstack]\nfilters=4\n", "[gated_vstack]: the first section must be [net]"},
    {"", "", "[net]\nheight=6\nwidth=5\nchannels=1\n[convolutional]\nfilters=4\n", "not a Gated PixelCNN"},
    {"", "", "\x89PNG\r\n\x1a\n\n", "is a picture, not a cfg"},
    {GREY, "[net] #net", "@batch=2\n[net]", "'batch=2' comes before any section"},
    {GREY, "[net] #net", "@[Net]", "[Net]: the first section must be [net]"},
    {GREY, "[net] #net", "@[net", "'[net': a section must be written [name]"},
    {GREY, "[net] #net", "@[]", "'[]': a section must be written [name]"},
    {GREY, "[net] #net", "@net]", "'net]': expected [section] or key=value"},
    {GREY, "[net] #net", "@[net]height=6", "'[net]height=6': a section must be written [name]"},
    {GREY, "#v1", "\n@size", "'size': expected [section] or key=value"},
    {GREY, "#v1", "\n@size=", "'size=': expected [section] or key=value"},
    {GREY, "#v1", "\n@size= # 3", "'size=': expected [section] or key=value"},
    {GREY, "#v1", "\n@=3", "'=3': expected [section] or key=value"},
    {GREY, "#v1", "\n@size:3", "'size:3': expected [section] or key=value"},
    {GREY, "[gated_vstack] #v1", "@[gated_vstak]", "[gated_vstak]: unknown layer type"},
    {GREY, "[gated_vstack] #v1", "@[pixelcnn]\n[gated_vstack]", "[pixelcnn]: unknown layer type"},
    {GREY, "[gated_vstack] #v1", "@[net]\n[gated_vstack]", "[net]: unknown layer type"},
    {GREY, "[pixel_softmax]", "@[pixel_softmaxx]", "[pixel_softmaxx]: unknown layer type"},
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
        snprintf(says, sizeof says, "[%s]: not allowed in a net with gated layers", names[i]);
        int line = splice_text(text, GREY, strstr(GREY, "[activation] #act"), strlen("[activation] #act"), to);
        cfg_refused(text, line, says);
    }
    report();
}

/* ---- valid cfg files ---- */

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
    {GREY, "#net", "\ndistort=1\nangle=180\nshear=10\naspect=1", 0},
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

/* With another spelling the net is the same, and so is its likelihood. */
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
        splice_text(text, GREY, strstr(GREY, synonyms[i].from), strlen(synonyms[i].from), synonyms[i].to);
        write_text(path_of("BAD"), text);
        eval_prints(synonyms[i].to, good.out);
    }
    report();
}

/* 65 horizontal layers and a sum of them all, of layers 1 to `named` by name where that is not 0: more than
   any array of a fixed size held. */
static void many_layers(char *text, int named)
{
    char *at = text +
               sprintf(text,
                       "[net]\nheight=6\nwidth=5\n[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=2\nmask=a\n");
    for (int i = 0; i < 64; ++i) at += sprintf(at, "[gated_hstack]\nfilters=2\n");
    at += sprintf(at, "[skip_sum]\nfilters=2\n");
    for (int i = 1; i <= named; ++i) at += sprintf(at, "%s%d", i > 1 ? "," : "layers=", i);
    sprintf(at, "\n[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n");
}

static void many_layers_are_summed(void **state)
{
    char text[TEXT];
    (void)state;
    need_world();
    for (int named = 0; named <= 65; named += named ? 1 : 64) {
        many_layers(text, named);
        write_text(path_of("BAD"), text);
        shell("$DARKNET pixelcnn check $BAD 2>&1 | grep 'blind spot'");
    }
    many_layers(text, 66);
    cfg_refused(text, 0, "skip_sum & layers & layer 66 does not come before this one");
}

TEST_MAIN(cmocka_unit_test(leaks_are_refused), cmocka_unit_test(misfits_are_refused),
          cmocka_unit_test(stock_layers_are_refused), cmocka_unit_test(spelling_means_nothing),
          cmocka_unit_test(many_layers_are_summed))
