/*
training.c - see training.h.
*/
#include <stdlib.h>
#include <string.h>
#include "base/atomic_file.h"
#include "tests/training.h"

static const char cfg_text[] =
    "[net]\nbatch=4\nheight=6\nwidth=5\nadam=1\nlearning_rate=0.01\nema=0.9\nclip_norm=1\nmax_batches=24\n"
    "distort=0.5\nangle=20\nshear=0.2\naspect=1.3\n"
    "[label_embed]\nclasses=3\nsize=4\ndropout=0.2\n[gated_vstack]\nfilters=4\n[gated_hstack]\nfilters=4\nmask=a\n"
    "[gated_vstack]\nfilters=4\n[gated_hstack]\nfilters=4\n[skip_sum]\nfilters=4\nactivation=relu\n"
    "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n";

static char cfg[256], data_folder[256];

static void make_world(void)
{
    if (cfg[0]) return;
    strcpy(cfg, scratch("tiny.cfg"));
    strcpy(data_folder, scratch("toy"));
    write_text(cfg, cfg_text);
    make_toy_data(data_folder, (toy_data){.n = 40, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 4});
}

const char *tiny_cfg(void)
{
    make_world();
    return cfg;
}

const char *tiny_data(void)
{
    make_world();
    return data_folder;
}

const char *tiny_train(void)
{
    static char line[640];
    make_world();
    snprintf(line, sizeof line, "%s %s -save_every 2 -eval_every 6 -report none", cfg, data_folder);
    return line;
}

network *tiny_net(void)
{
    char *text = read_whole(tiny_cfg(), 0);
    network *net = net_of_text(text, 0);
    free(text);
    return net;
}

void resume_training(run_result *r, const char *folder, const char *options)
{
    run_command(r, "%s pixelcnn train %s -backup %s %s", darknet(), tiny_train(), folder, options);
}

void rewrite_tiny_cfg(const char *from, const char *to)
{
    char *text = read_whole(tiny_cfg(), 0), whole[2048], *at = strstr(text, from);
    if (!at) fail_msg("%s: no %s in it", cfg, from);
    snprintf(whole, sizeof whole, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    write_text(cfg, whole);
    free(text);
}

void train_part(run_result *r, const char *folder, int iterations, const char *options)
{
    char part[64];
    snprintf(part, sizeof part, "max_batches=%d", iterations);
    rewrite_tiny_cfg("max_batches=24", part);
    resume_training(r, folder, options);
    rewrite_tiny_cfg(part, "max_batches=24");
}

uint64_t final_hash(const char *folder)
{
    char file[512];
    file_mark m;
    snprintf(file, sizeof file, "%s/tiny_final.weights", folder);
    if (mark_file(file, &m)) fail_msg("%s is missing", file);
    return m.hash;
}

uint64_t undisturbed_hash(void)
{
    static uint64_t hash;
    static run_result r;
    if (hash) return hash;
    char folder[256];
    strcpy(folder, fresh_folder("undisturbed"));
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0);
    return hash = final_hash(folder);
}

const char *fresh_folder(const char *name)
{
    static char path[256];
    char command[512];
    strcpy(path, scratch(name));
    snprintf(command, sizeof command, "rm -rf %s", path);
    assert_int_equal(system(command), 0);
    return path;
}

int repeats(int seldom, int often)
{
    const char *soak = getenv("SOAK");
    return soak && !strcmp(soak, "1") ? often : seldom;
}
