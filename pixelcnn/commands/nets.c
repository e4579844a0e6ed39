#include <stdio.h>
#include <string.h>
#include "base/errors.h"
#include "base/json.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/help.h"
#include "pixelcnn/commands/net_files.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/network_size.h"

enum { MOST_SHOWN = 95 }; // letters of a comment

typedef struct {
    const char *name, *weights; // weights NULL: none ship
    char about[400];            // the first sentence of the cfg's comment
    int h, w, c, levels, classes;
    size_t parameters;
} net_facts;

/* Cut at the first full stop, or in a long sentence at the last comma, colon or semicolon that fits on a
   line. */
static void read_comment(const char *cfg, char *to, size_t size)
{
    char line[256];
    FILE *f = fopen(cfg, "r");
    *to = 0;
    while (f && fgets(line, sizeof line, f) && line[0] == '#') {
        line[strcspn(line, "\r\n")] = 0;
        snprintf(to + strlen(to), size - strlen(to), "%s%s", *to ? " " : "", line + 1 + strspn(line + 1, " "));
    }
    if (f) fclose(f);
    for (char *end = to; (end = strchr(end, '.')); ++end)
        if (!end[1] || end[1] == ' ') {
            *end = 0;
            break;
        }
    for (size_t n = strlen(to); n > MOST_SHOWN; to[n] = 0)
        while (n && !strchr(",:;", to[--n])) continue;
}

static void build_named(void *facts)
{
    net_facts *f = facts;
    network *net = parse_pixelcnn_cfg(file_of_net(f->name, "cfg", ".cfg"), (net_overrides){.batch = 1});
    label_embed *label = label_of(net);
    f->h = net->h;
    f->w = net->w;
    f->c = net->c;
    f->levels = loss_of(net)->levels;
    f->classes = label ? label->classes : 0;
    f->parameters = size_of_network(net).parameters;
    free_network(net);
}

/* Returns 0 for a net that cannot be built. */
static int find_net(const char *name, net_facts *f)
{
    caught_error e;
    *f = (net_facts){.name = name, .weights = file_of_net(name, "weights", ".weights")};
    read_comment(file_of_net(name, "cfg", ".cfg"), f->about, sizeof f->about);
    return !catch_die(build_named, f, &e);
}

static void print_net(const net_facts *f)
{
    char classes[32] = "no label";
    if (f->classes) snprintf(classes, sizeof classes, "%d class%s", f->classes, f->classes == 1 ? "" : "es");
    printf("%-20s %3d x %-3d %-6s %3d levels  %-10s %8zu parameters%s\n", f->name, f->w, f->h,
           f->c > 1 ? "colour" : "grey", f->levels, classes, f->parameters, f->weights ? "  weights ship" : "");
    if (*f->about) printf("    %s\n", f->about);
}

static void print_net_json(json_writer *j, const net_facts *f)
{
    json_begin(j, 0, '{');
    json_text(j, "name", f->name);
    json_text(j, "cfg", file_of_net(f->name, "cfg", ".cfg"));
    if (f->weights) json_text(j, "weights", f->weights);
    json_number(j, "width", "%d", f->w);
    json_number(j, "height", "%d", f->h);
    json_number(j, "channels", "%d", f->c);
    json_number(j, "levels", "%d", f->levels);
    json_number(j, "classes", "%d", f->classes);
    json_number(j, "parameters", "%zu", f->parameters);
    json_text(j, "about", f->about);
    json_end(j, '}');
}

static int as_json;
static const option options[] = {{"-json", OPTION_FLAG, &as_json, 0, 0, "print the list as JSON"}};

static void run_nets(const char **a)
{
    (void)a;
    int n, shown = 0;
    const char *const *names = net_names(&n);
    json_writer j = {.to = stdout};
    need_stdout("nets", 1);
    gpu_index = -1; // they are looked at only
    if (as_json) json_begin(&j, 0, '[');
    for (int i = 0; i < n; ++i) {
        net_facts f;
        if (!find_net(names[i], &f)) continue;
        ++shown;
        if (as_json)
            print_net_json(&j, &f);
        else
            print_net(&f);
    }
    if (as_json) json_end(&j, ']');
    if (!shown)
        die("pixelcnn nets: no folder cfg with nets: neither here, nor where the program was built or installed");
    if (!as_json) printf("To draw with one whose weights ship: %s sample NAME\n", program_name());
}

const command_form nets_form = {.name = "nets",
                                .arguments = "",
                                .summary = "list the nets that ship, for CFG and WEIGHTS by NAME",
                                WITH(options),
                                .run = run_nets,
                                .example = ""};
