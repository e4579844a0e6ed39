#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/similar.h"
#include "base/text.h"
#include "pixelcnn/commands/net_files.h"
#include "pixelcnn/commands/shipped.h"
#include "pixelcnn/commands/start.h"
#include "pixelcnn/data/folder_names.h"
#include "pixelcnn/net/build_net.h"

/* ---- names ---- */

int is_net_name(const char *text) { return *text && !strpbrk(text, "/."); }

const char *file_of_net(const char *text, const char *folder, const char *suffix)
{
    char file[512];
    size_t n = strlen(folder);
    if (!strncmp(text, folder, n) && text[n] == '/') return shipped_file(text);
    if (strchr(text, '/') || strlen(text) > 256) return 0;
    snprintf(file, sizeof file, "%s/%s%s", folder, text, ends_with(text, suffix) ? "" : suffix);
    return shipped_file(file);
}

/* The files in cfg or weights, next to the default net; the working folder may have another folder of that
   name. Free them; `path` gets the folder. */
static name_list list_shipped(const char *folder, char path[PATH_MAX])
{
    static const char default_net[] = "cfg/gated_pixelcnn.cfg";
    const char *found = shipped_file(default_net);
    if (!found) return (name_list){0};
    snprintf(path, PATH_MAX, "%.*s%s", (int)(strlen(found) - strlen(default_net)), found, folder);
    return access(path, R_OK) ? (name_list){0} : list_folder(path, 0, ORDER_BYTES);
}

/* Whether the net of that NAME draws. */
static int is_pixelcnn(const char *name)
{
    char line[256];
    int found = 0;
    const char *cfg = file_of_net(name, "cfg", ".cfg");
    FILE *f = cfg ? fopen(cfg, "r") : 0;
    while (f && !found && fgets(line, sizeof line, f)) found = !strncmp(line, "[pixel_softmax]", 15);
    if (f) fclose(f);
    return found;
}

const char *const *net_names(int *n)
{
    static name_list files;
    char path[PATH_MAX];
    int kept = 0;
    free_names(files);
    files = list_shipped("cfg", path);
    for (int i = 0; i < files.n; ++i)
        if (ends_with(files.name[i], ".cfg") && is_pixelcnn(files.name[i])) {
            files.name[kept] = files.name[i];
            files.name[kept++][strlen(files.name[i]) - strlen(".cfg")] = 0;
        } else
            free(files.name[i]);
    *n = files.n = kept;
    return (const char *const *)files.name;
}

const char *similar_net(const char *text, const char *folder, const char *suffix)
{
    int n;
    char name[256];
    size_t length = strlen(folder);
    const char *start = !strncmp(text, folder, length) && text[length] == '/' ? text + length + 1 : text;
    if (strchr(start, '/')) return 0;
    snprintf(name, sizeof name, "%s", start);
    char *end = strstr(name, suffix);
    if (end) *end = 0;
    const char *const *names = net_names(&n), *meant = most_similar(name, names, n);
    return meant && file_of_net(meant, folder, suffix) ? meant : 0;
}

/* ---- weights that fit ---- */

typedef struct {
    const char *cfg;
    char *weights;
    network *net;
} candidate;

static void load_candidate(void *c)
{
    const candidate *x = c;
    load_weights(x->net, x->weights);
}

/* Of an existing file. */
static int fits(candidate *c)
{
    caught_error e;
    return !access(c->weights, R_OK) && !catch_die(load_candidate, c, &e);
}

char *weights_for(const char *cfg)
{
    static const char *const ends[] = {"_final.weights", "_best.weights", "_last.weights"};
    gpu_index = -1; // to look at it
    candidate c = {cfg, 0, parse_pixelcnn_cfg(cfg, (net_overrides){.batch = 1})};
    char path[PATH_MAX];
    const char *base = base_of_cfg(cfg), *own = file_of_net(base, "weights", ".weights");
    if (own && fits(&(candidate){cfg, c.weights = copy_text(own), c.net})) return c.weights;
    char *apart = join_path("backup", base), *folders[] = {"backup", apart};
    for (int i = 0; i < 2 * 3; ++i) {
        c.weights = format_text("%s/%s%s", folders[i % 2], base, ends[i / 2]);
        if (fits(&c)) return c.weights;
    }
    free(apart);
    name_list files = list_shipped("weights", path);
    for (int i = 0; i < files.n; ++i) {
        if (!ends_with(files.name[i], ".weights")) continue;
        c.weights = join_path(path, files.name[i]);
        if (fits(&c)) return c.weights;
    }
    return 0;
}

/* ---- the cfg of weights ---- */

static void build_candidate(void *c)
{
    candidate *x = c;
    x->net = parse_pixelcnn_cfg(x->cfg, (net_overrides){.batch = 1});
}

const char *cfg_for(const char *weights)
{
    static const char *const ends[] = {".weights", "_final", "_best", "_last"};
    char *name = copy_text(name_in_path(weights));
    caught_error e;
    for (int i = 0; i < 4; ++i)
        if (ends_with(name, ends[i])) name[strlen(name) - strlen(ends[i])] = 0;
    gpu_index = -1;
    candidate c = {.cfg = file_of_net(name, "cfg", ".cfg"), .weights = (char *)weights};
    return c.cfg && !catch_die(build_candidate, &c, &e) && fits(&c) ? c.cfg : 0;
}
