#include <dirent.h>
#include <fnmatch.h>
#include "base/found_files.h"

void find_files(const char *folder, const char *pattern, void (*found)(void *of, const char *name), void *of)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (!fnmatch(pattern, e->d_name, 0)) found(of, e->d_name);
    if (d) closedir(d);
}
