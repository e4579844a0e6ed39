/*
build_net.c - see build_net.h.

In a Gated PixelCNN every key and value is checked first (cfg_keys.c), and layers that would leak are refused
(the parse functions in layers/).
*/
#include <limits.h>
#include <math.h>
#include "base/available_memory.h"
#include "base/errors.h"
#include "base/image_tree.h"
#include "base/ranks.h"
#include "base/similar.h"
#include "base/text.h"
#include "base/threads.h"
#include "base/verbose.h"
#include "layers/handed_on.h"
#include "network.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/cfg_keys.h"
#include "pixelcnn/net/class_names.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/rate.h"

enum { MOST_KINDS = 32 }; // of layers of ours

static int is_net(const cfg_section *s) { return !strcmp(s->name, "net") || !strcmp(s->name, "network"); }

static int has_our_layers(const cfg_file *c)
{
    for (int i = 1; i < c->n; ++i) {
        const char *name = c->sections[i].name;
        if (kind_of_section(name) && !row_of_section(name)) return 1;
    }
    return 0;
}

static void rename_section(cfg_section *s, const char *name)
{
    free(s->name);
    s->name = copy_text(name);
}

static __attribute__((noreturn)) void die_unknown_layer(const cfg_file *c, const cfg_section *s)
{
    const char *names[MOST_KINDS], *meant;
    int n = 0;
    while (n < MOST_KINDS && layer_kinds[n]) names[n] = layer_kinds[n]->section, ++n;
    meant = most_similar(s->name, names, n);
    if (meant) cfg_die(c, s, 0, "unknown layer type; did you mean [%s]?", meant);
    cfg_die(c, s, 0, "unknown layer type; is it misspelt?");
}

static void check_sections(const cfg_file *c)
{
    if (!is_net(c->sections)) cfg_die(c, c->sections, 0, "the first section must be [net]");
    for (int i = 1; i < c->n; ++i)
        if (!kind_of_section(c->sections[i].name) && !row_of_section(c->sections[i].name))
            die_unknown_layer(c, c->sections + i);
    if (c->n < 2) cfg_die(c, c->sections, 0, "has no layers after it");
}

static int count_items(const cfg_section *s, const char *key)
{
    cfg_option *o = cfg_find(s, key);
    int n = o != 0;
    for (const char *t = o ? o->pair.val : ""; *t; ++t) n += *t == ',';
    return n;
}

/* Steps must be in increasing order. */
static void check_steps(const cfg_file *c, const cfg_section *s)
{
    long before = 0;
    char *at = cfg_find(s, "steps") ? cfg_find(s, "steps")->pair.val : "";
    while (*at) {
        long step = strtol(at, &at, 10);
        if (step < before) cfg_die(c, s, "steps", "expected increasing numbers, got %ld after %ld", step, before);
        before = step;
        at += *at == ',';
    }
}

/* A growing rate must stay finite to the end of training. */
static void check_rate(const cfg_file *c, const network *net)
{
    float rate = learning_rate_at(net, net->max_batches);
    if (!isfinite(rate))
        cfg_die(c, c->sections, "policy", "the learning rate would be %g at max_batches=%d", rate, net->max_batches);
}

/* Checks keys of [net] that depend on each other. */
static void check_net(const cfg_file *c, cfg_section *s)
{
    int batch = option_find_int_quiet(s->options, "batch", 1),
        parts = option_find_int_quiet(s->options, "subdivisions", 1);
    double pixels = (double)option_find_int_quiet(s->options, "height", 0) *
                    option_find_int_quiet(s->options, "width", 0);
    if (batch % parts) cfg_die(c, s, "subdivisions", "must divide batch=%d", batch);
    if (option_find_int_quiet(s->options, "channels", 1) == 2) cfg_die(c, s, "channels", "expected 1 or 3");
    if (3 * pixels * batch > INT_MAX)
        cfg_die(c, s, "height", "images of %g pixels times batch %d: too large", pixels, batch);
    int stepped = !strcmp(option_find_str(s->options, "policy", "constant"), "steps");
    if (stepped && (!count_items(s, "steps") || count_items(s, "steps") != count_items(s, "scales")))
        cfg_die(c, s, "steps", "policy=steps needs as many scales as steps, got %d step%s and %d scale%s",
                count_items(s, "steps"), plural_s(count_items(s, "steps")), count_items(s, "scales"),
                plural_s(count_items(s, "scales")));
    check_steps(c, s);
    const char *distortions[] = {"angle", "shear", "aspect"};
    for (int i = 0; i < 3 && option_find_float_quiet(s->options, "distort", 0) == 0; ++i)
        if (cfg_find(s, distortions[i])->line) // not the default
            cfg_die(c, s, distortions[i],
                    "has no effect with distort=0; set distort to the share of images to distort");
}

/* Black and white images need 2 levels. */
static void check_binarise(const cfg_file *c)
{
    const cfg_section *net = c->sections, *loss = c->sections + c->n - 1;
    int levels = option_find_int_quiet(loss->options, "levels", 0);
    if (!strcmp(cfg_find(net, "binarise")->pair.val, "bernoulli") && levels != 2)
        cfg_die(c, net, "binarise", "needs levels=2 in [pixel_softmax], which has levels=%d", levels);
}

/* All checks of a Gated PixelCNN that are possible before the first layer is built. */
static void check_ours(cfg_file *c)
{
    for (int i = 0; i < c->n; ++i) {
        cfg_section *s = c->sections + i;
        const layer_kind *kind = i ? kind_of_section(s->name) : 0;
        if (i && !kind)
            cfg_die(c, s, 0,
                    "not allowed in a net with gated layers; the head takes only [convolutional] and [activation]");
        rename_section(s, kind ? kind->section : "net");
        check_keys(c, s);
    }
    check_net(c, c->sections);
    if (strcmp(c->sections[c->n - 1].name, "pixel_softmax"))
        cfg_die(c, c->sections + c->n - 1, 0, "the last layer must be [pixel_softmax]");
    check_binarise(c);
}

/* An embedding per position works only for the image size of training. */
static void check_overridden_size(const cfg_file *c, const network *net, net_overrides overrides)
{
    int other = (overrides.width && overrides.width != net->w) || (overrides.height && overrides.height != net->h);
    for (int i = 1; other && i < c->n; ++i)
        if (option_find_int_quiet(c->sections[i].options, "spatial", 0))
            cfg_die(c, c->sections + i, "spatial", "works only for images of %d x %d (width x height)", net->w, net->h);
}

/* Takes memory for this rank's passes only. */
static void grant_share(network *net)
{
    int images = net->batch * net->subdivisions;
    if (rank_count() == 1 || rank_count() > images) return;
    int most = largest_pass(images, net->batch, rank_count(), this_rank());
    while (images % most) ++most; // the net counts batches, of which its passes are parts
    if (most >= net->batch) return;
    net->batch = most;
    net->subdivisions = images / most;
}

static void grant(const cfg_file *c, network *net, net_overrides overrides)
{
    check_overridden_size(c, net, overrides);
    if (overrides.batch) {
        net->batch = overrides.batch;
        net->subdivisions = 1;
    }
    if (overrides.drawing && net->gpu_index < 0) net->batch = 0;
    if (overrides.parts) {
        if (net->batch % overrides.parts)
            cfg_die(c, c->sections, "batch", "cannot divide %d image%s per pass among %d devices", net->batch,
                    plural_s(net->batch), overrides.parts);
        net->batch /= overrides.parts;
        net->subdivisions *= overrides.parts;
    }
    if (overrides.training && !overrides.batch && !overrides.parts) grant_share(net);
    if (overrides.width) net->w = overrides.width;
    if (overrides.height) net->h = overrides.height;
    net->inputs = net->h * net->w * net->c;
}

/* Options of every layer that Darknet reads after building it. */
static void common_options(layer *l, list *options, const network *net)
{
    l->clip = net->clip;
    l->truth = option_find_int_quiet(options, "truth", 0);
    l->onlyforward = option_find_int_quiet(options, "onlyforward", 0);
    l->stopbackward = option_find_int_quiet(options, "stopbackward", 0);
    l->dontsave = option_find_int_quiet(options, "dontsave", 0);
    l->dontload = option_find_int_quiet(options, "dontload", 0);
    l->numload = option_find_int_quiet(options, "numload", 0);
    l->dontloadscales = option_find_int_quiet(options, "dontloadscales", 0);
    l->learning_rate_scale = option_find_float_quiet(options, "learning_rate", 1);
    l->smooth = option_find_float_quiet(options, "smooth", 0);
}

/* The parse site of the first layer. kinds: room for the kinds of all layers. */
static parse_site first_site(const cfg_file *c, network *net, const layer_kind **kinds)
{
    return (parse_site){
        .file = c, .net = net, .h = net->h, .w = net->w, .c = net->c, .inputs = net->inputs, .kinds = kinds};
}

static layer build_stock_layer(const parse_site *at)
{
    size_params p = {at->net->batch, at->inputs, at->h, at->w, at->c, at->index, at->net->time_steps, at->net};
    return row_of_section(at->section->name)->parse(at->section->options, p);
}

/* Parses layer i and moves the parse site to the next one. */
static layer parse_layer(parse_site *at, int i, const layer_kind **kinds)
{
    at->section = at->file->sections + i + 1;
    at->index = i;
    if (kinds) kinds[i] = kind_of_section(at->section->name);
    layer l = kinds ? kinds[i]->parse(at) : build_stock_layer(at);
    at->h = l.out_h;
    at->w = l.out_w;
    at->c = l.out_c;
    at->inputs = l.outputs;
    return l;
}

/* Checks every layer, and that there is memory for all of them, before the first one is built. */
static void plan_layers(const cfg_file *c, network *net, int training)
{
    char what[160];
    net_memory m = {.training = training, .threads = max_threads()};
    const layer_kind **kinds = checked_calloc(net->n, sizeof *kinds);
    parse_site at = first_site(c, net, kinds);
    m.moments = 1 + net->adam + (option_find_float_quiet(c->sections[0].options, "ema", 0) > 0);
    if (option_find_float_quiet(c->sections[0].options, "muon", 0) > 0) m.moments += 4; // buffers of muon.c
    at.plan = &m;
    for (int i = 0; i < net->n; ++i) net->layers[i] = parse_layer(&at, i, kinds);
    for (int i = 0; i < net->n; ++i) {
        free(net->layers[i].self_layer);
        net->layers[i] = (layer){0};
    }
    free(kinds);
    snprintf(what, sizeof what, "its %d layer%s, for %d image%s of %d x %d (width x height) at a time and %d thread%s,",
             net->n, plural_s(net->n), net->batch, plural_s(net->batch), net->w, net->h, m.threads,
             plural_s(m.threads));
    if (net->gpu_index < 0) require_memory(net_memory_bytes(&m), c->file, what);
}

/* Builds all layers. Returns the largest workspace that any of them needs, in bytes. */
static size_t build_layers(const cfg_file *c, network *net, int ours)
{
    size_t workspace = 0;
    const layer_kind **kinds = ours ? checked_calloc(net->n, sizeof *kinds) : 0;
    parse_site at = first_site(c, net, kinds);
    if (verbose) fprintf(stderr, "layer     filters    size              input                output\n");
    for (int i = 0; i < net->n; ++i) {
        if (verbose) fprintf(stderr, "%5d ", i);
        stderr_line_open = verbose;
        layer l = parse_layer(&at, i, kinds);
        if (BUILDING_ON_DEVICE && kinds && kinds[i]->gpu) make_layer_gpu(&l, kinds[i]->gpu);
        stderr_line_open = 0;
        common_options(&l, at.section->options, net);
        if (!ours) option_unused(at.section->options);
        net->layers[i] = l;
        if (l.workspace_size > workspace) workspace = l.workspace_size;
    }
    free(kinds);
    return workspace;
}

/* Outputs that nothing reads are not computed: the last vertical gate, the last residual. On the CPU those that
   only gated layers read are not kept in planes. */
static void settle_outputs(network *net)
{
    const wiring *w = find_pixelcnn_net(net)->wiring;
    for (int i = 0; i < net->n; ++i) {
        wired_array a = w->layers[i].read[OUTPUT];
        if (!w->layers[i].kind->use_output) continue;
        w->layers[i].kind->use_output(net->layers + i, a.readers > 0);
        if (a.planes && a.planes < a.readers) die("layer %d is read in planes and as features: see handed_on.h", i);
        if (ON_DEVICE(net) || a.planes) continue;
        hand_on_features(net->layers + i, a.readers, a.around.left, a.around.right);
    }
}

static void finish_ours(network *net, const cfg_section *s)
{
    pixelcnn_net *own = make_pixelcnn_net(net);
    own->clip_norm = option_find_float_quiet(s->options, "clip_norm", 0);
    own->ema = option_find_float_quiet(s->options, "ema", 0);
    own->eps = option_find_float_quiet(s->options, "eps", 1e-8);
    own->muon = option_find_float_quiet(s->options, "muon", 0);
    own->muon_momentum = option_find_float_quiet(s->options, "muon_momentum", .95);
    own->bernoulli = !strcmp(cfg_find(s, "binarise")->pair.val, "bernoulli");
    own->crop = !strcmp(cfg_find(s, "fit")->pair.val, "crop");
    own->distort = option_find_float_quiet(s->options, "distort", 0);
    own->shear = option_find_float_quiet(s->options, "shear", 0);
    net->inputs = net->layers[0].inputs;
    settle_outputs(net);
}

/* Allocates input, truth and workspace as Darknet does. */
static void make_net_buffers(network *net, size_t workspace)
{
    layer out = get_network_output_layer(net);
    net->outputs = out.outputs;
    net->truths = net->layers[net->n - 1].truths ? net->layers[net->n - 1].truths : out.outputs;
    net->output = out.output;
    net->input = checked_calloc((size_t)net->inputs * net->batch, sizeof(float));
    net->truth = checked_calloc((size_t)net->truths * net->batch, sizeof(float));
    if (ON_DEVICE(net))
        make_net_buffers_gpu(net, workspace);
    else if (workspace)
        net->workspace = checked_calloc(1, workspace);
}

static network *build(cfg_file *c, net_overrides overrides, int ours)
{
    open_device(gpu_index);
    network *net = make_network(c->n - 1);
    net->gpu_index = gpu_index;
    parse_net_options(c->sections[0].options, net);
    if (ours) grant(c, net, overrides);
    if (ours) plan_layers(c, net, overrides.training);
    size_t workspace = build_layers(c, net, ours);
    if (ours) finish_ours(net, c->sections);
    if (ours) check_rate(c, net);
    make_net_buffers(net, workspace);
    return net;
}

network *build_net(const char *file)
{
    cfg_file *c = read_cfg_file(file);
    int ours = has_our_layers(c);
    check_sections(c);
    if (ours) check_ours(c);
    network *net = build(c, (net_overrides){0}, ours);
    if (ours) init_params(net, (unsigned)rand());
    free_cfg(c);
    return net;
}

/* Frees c. */
static network *build_ours(cfg_file *c, net_overrides overrides)
{
    check_sections(c);
    if (!has_our_layers(c)) die("%s: no [pixel_softmax] layer; not a Gated PixelCNN", c->file);
    check_ours(c);
    network *net = build(c, overrides, 1);
    free_cfg(c);
    return net;
}

network *parse_pixelcnn_cfg(const char *file, net_overrides overrides)
{
    return build_ours(read_cfg_file(file), overrides);
}

network *parse_pixelcnn_text(const char *name, const char *text, net_overrides overrides)
{
    return build_ours(read_cfg_text(name, text), overrides);
}

network *open_net(const char *cfg, const char *weights, net_overrides overrides)
{
    network *net = parse_pixelcnn_cfg(cfg, overrides);
    load_weights(net, (char *)weights);
    load_class_names(net, weights);
    return net;
}
