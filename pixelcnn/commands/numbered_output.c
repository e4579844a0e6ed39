#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/ranks.h"
#include "pixelcnn/commands/numbered_output.h"

static void compare_with_inputs(const char *command, const char *path, const numbered_name *each,
                                const named_path *inputs)
{
    char folder[4096], whole[4096];
    if (!realpath(*each->folder ? each->folder : ".", folder)) return;
    for (const named_path *i = inputs; i->name; ++i) {
        if (!i->path || !realpath(i->path, whole)) continue;
        char *slash = strrchr(whole, '/');
        int same = !strcmp(whole, folder);
        *slash = 0;
        if (same || (!strcmp(*whole ? whole : "/", folder) && is_numbered_name(each, slash + 1)))
            die("pixelcnn %s: -out %s: would write into %s; choose another folder", command, path, i->name);
    }
}

/* Tries the first file, in a folder that is created for the purpose if it is missing. */
void check_numbered_output(const char *command, const char *path, const numbered_name *each, const named_path *inputs)
{
    char first[4700], error[512];
    compare_with_inputs(command, path, each, inputs);
    if (!is_first_rank()) return;
    int made = make_numbered_folder(each);
    write_numbered_name(each, 0, first, sizeof first);
    if (!made) {
        need_writable(first);
        return;
    }
    int failed = atomic_check(first, error);
    rmdir(each->folder);
    if (failed) die("%s", error);
}
