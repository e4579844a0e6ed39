#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "pixelcnn/commands/shipped.h"

/* Where files that ship may be, relative to the program's folder. */
static const char *const places[] = {"../..", "../share/pixelcnn", "../share/doc/pixelcnn"};

/* The program's folder, links followed; "" if it is unknown. */
static const char *program_folder(void)
{
    static char folder[PATH_MAX];
    ssize_t n = *folder ? 0 : readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (*folder && n > 0) {
        folder[n] = 0;
        *strrchr(folder, '/') = 0;
    }
    return folder;
}

/* All paths returned so far: they stay valid. */
typedef struct kept_path {
    struct kept_path *next;
    char path[];
} kept_path;

static const char *keep(const char *path)
{
    static kept_path *all;
    kept_path *k = checked_calloc(1, sizeof *k + strlen(path) + 1);
    strcpy(k->path, path);
    k->next = all;
    all = k;
    return k->path;
}

/* A path without the links and dots in it; NULL: there is no such file. */
static const char *found_at(const char *folder, const char *place, const char *file)
{
    char path[PATH_MAX], whole[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s/%s", folder, place, file) >= PATH_MAX) return 0;
    return realpath(path, whole) ? keep(whole) : 0;
}

/* Two folders up is a source tree only for a program in build/. */
static int is_in_build(const char *folder)
{
    char above[PATH_MAX];
    snprintf(above, sizeof above, "%s", folder);
    char *slash = strrchr(above, '/');
    if (slash) *slash = 0;
    slash = strrchr(above, '/');
    return slash && !strcmp(slash + 1, "build");
}

const char *shipped_file(const char *file)
{
    const char *folder = program_folder(), *found = 0;
    if (!access(file, R_OK)) return keep(file);
    if (!*folder) return 0;
    if (is_in_build(folder)) found = found_at(folder, places[0], file);
    if (!found) found = found_at(folder, places[1], file);
    if (!found) found = found_at(folder, places[2], file);
    return found;
}
