#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/ranks.h"
#include "pixelcnn/commands/outputs.h"

/* What is compared: the existing file, and the path without links. */
typedef struct {
    output_path at;
    char whole[4096]; // "" if its folder is missing
} file_place;

/* Returns 0 if there is nothing to compare. */
static int find_place(const char *path, file_place *p)
{
    p->whole[0] = 0;
    if (!path || follow_output(path, &p->at) || is_stream_output(&p->at)) return 0;
    int is_folder = p->at.exists && S_ISDIR(p->at.there.st_mode);
    if (is_folder ? !realpath(p->at.path, p->whole) : canonical_path(&p->at, p->whole)) p->whole[0] = 0;
    return 1;
}

/* Hard links to one file count as the same. */
static int is_same(const file_place *a, const file_place *b)
{
    if (a->at.exists && b->at.exists)
        return a->at.there.st_dev == b->at.there.st_dev && a->at.there.st_ino == b->at.there.st_ino;
    return a->whole[0] && !strcmp(a->whole, b->whole);
}

/* Kinds of files that are in no data set. */
static int is_never_data(const char *path)
{
    static const char *const suffixes[] = {".csv", ".gif", ".html"};
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < (int)(sizeof suffixes / sizeof *suffixes); ++i)
        if (!strcasecmp(dot, suffixes[i])) return 1;
    return 0;
}

/* An existing file in the folder or below. */
static int is_data_in(const file_place *file, const file_place *folder)
{
    size_t n = strlen(folder->whole);
    if (!file->at.exists || !folder->at.exists || !S_ISDIR(folder->at.there.st_mode) || !n) return 0;
    return !strncmp(file->whole, folder->whole, n) && (file->whole[n] == '/' || n == 1) && !is_never_data(file->whole);
}

static void compare_with_inputs(const char *command, const named_path *output, const file_place *place,
                                const named_path *inputs)
{
    static file_place in;
    for (const named_path *i = inputs; i->name; ++i) {
        if (!find_place(i->path, &in)) continue;
        if (is_same(place, &in))
            die("pixelcnn %s: %s %s: would overwrite %s; choose another file", command, output->name, output->path,
                i->name);
        if (is_data_in(place, &in))
            die("pixelcnn %s: %s %s: would overwrite a file in the folder %s; choose another file", command,
                output->name, output->path, i->name);
    }
}

void compare_outputs(const char *command, const named_path *outputs, const named_path *inputs)
{
    static file_place a, b;
    for (const named_path *o = outputs; o->name; ++o) {
        if (!find_place(o->path, &a)) continue;
        compare_with_inputs(command, o, &a, inputs);
        for (const named_path *other = outputs; other < o; ++other)
            if (find_place(other->path, &b) && is_same(&a, &b))
                die("pixelcnn %s: %s %s: is the same file as that of %s; choose another file", command, o->name,
                    o->path, other->name);
    }
}

void check_outputs(const char *command, const named_path *outputs, const named_path *inputs)
{
    compare_outputs(command, outputs, inputs);
    for (const named_path *o = outputs; o->name && is_first_rank(); ++o)
        if (o->path) need_writable(o->path);
}
