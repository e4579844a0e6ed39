/* Checks the files that training will write; handles the names of the classes. */
#include <limits.h>
#include <unistd.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/printable.h"
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/commands/train_loop.h"
#include "pixelcnn/net/class_names.h"
#include "pixelcnn/watch/train_log.h"

/* What training writes to its backup folder, apart from sheets. */
static const char *const own[] = {"last.weights", "last.state",    "previous.weights", "previous.state",
                                  "best.weights", "final.weights", "ema.weights"};
enum { OWN = sizeof own / sizeof *own, OTHERS = 7 };

static void put_path(char *to, const char *folder, const char *base, const char *name)
{
    const char *stem = base ? base : "", *gap = base ? "_" : "";
    if (snprintf(to, PATH_MAX, "%s/%s%s%s", folder, stem, gap, name) >= PATH_MAX)
        die("%s/%s%s%s: name too long", folder, stem, gap, name);
}

static void put_names_path(char *to, const training *t)
{
    if (snprintf(to, PATH_MAX, "%s/%s.names", t->o.backup, t->base) >= PATH_MAX)
        die("%s/%s.names: name too long", t->o.backup, t->base);
}

void check_train_outputs(const training *t, const char *cfg, const char *weights)
{
    static char paths[OWN][PATH_MAX], chart[PATH_MAX], log[PATH_MAX], names[PATH_MAX];
    const train_options *o = &t->o;
    int n = 0;
    named_path inputs[OWN + OTHERS] = {{0}};
    if (snprintf(log, sizeof log, "%s/%s.csv", o->backup, t->base) >= PATH_MAX)
        die("%s/%s.csv: name too long", o->backup, t->base);
    put_names_path(names, t);
    for (int i = 0; i < OWN; ++i) {
        put_path(paths[i], o->backup, t->base, own[i]);
        inputs[n++] = (named_path){paths[i], paths[i]};
    }
    put_path(chart, o->backup, 0, "chart.png");
    inputs[n++] = (named_path){"CFG", cfg};
    inputs[n++] = (named_path){"WEIGHTS", weights};
    inputs[n++] = (named_path){"the state to resume", o->resume};
    inputs[n++] = (named_path){"the chart", chart};
    inputs[n++] = (named_path){"the names of the classes", names};
    const char *of_log = o->log ? o->log : log;
    compare_outputs("train", (named_path[]){{"-log", of_log}, {"-report", t->page}, {0}}, inputs);
    check_log(of_log);
    for (int i = 0; i < OWN; ++i) need_writable(paths[i]);
    need_writable(chart);
    need_writable(names);
    if (t->page) need_writable(t->page);
}

void choose_class_names(training *t, const char *weights)
{
    char path[PATH_MAX];
    if (t->train.class_names)
        set_class_names(t->net, t->train.class_names);
    else if (t->start.resumed && snprintf(path, PATH_MAX, "%s/%s.weights", t->o.backup, t->base) < PATH_MAX)
        load_class_names(t->net, path);
    else if (weights)
        load_class_names(t->net, weights);
}

int keep_class_names(training *t, char *error)
{
    char path[PATH_MAX];
    const label_embed *e = label_of(t->net);
    if (t->named) return 0;
    put_names_path(path, t);
    int failed = e && e->names && try_write_class_names(path, e->names, e->classes, error);
    if ((!e || !e->names) && !unlink(path))
        fprintf(stderr, "%s: removed, as it names the classes of an earlier run\n", printable(path));
    t->named = !failed;
    return failed;
}
