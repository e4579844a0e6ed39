#include <dirent.h>
#include <fnmatch.h>
#include "base/found_files.h"

void find_files(const char *folder, const char *pattern, void (*found)(void *context, const char *name), void *context)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (!fnmatch(pattern, e->d_name, 0)) found(context, e->d_name);
    if (d) closedir(d);
}
