/* Without this check, Linux's overcommit lets the allocation succeed and kills the process without a message when
   it touches the memory. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include "base/available_memory.h"
#include "base/errors.h"

/* The number after `key` at the start of a line of the file, or on its first line where key is "". HUGE_VAL:
   none. */
static double number_in(const char *file, const char *key)
{
    char line[256];
    double value = HUGE_VAL;
    FILE *f = fopen(file, "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, key, strlen(key))) {
            if (sscanf(line + strlen(key), "%lf", &value) != 1) value = HUGE_VAL;
            break;
        }
    if (f) fclose(f);
    return value;
}

/* Where a version of control groups is mounted, and the names of its files. */
typedef struct {
    const char *line; // precedes the group in its line of /proc/self/cgroup
    const char *root, *most, *used, *files[2];
} group_version;

static const group_version versions[] = {
    {"0::", "/sys/fs/cgroup", "memory.max", "memory.current", {"inactive_file ", "active_file "}},
    {":memory:",
     "/sys/fs/cgroup/memory",
     "memory.limit_in_bytes",
     "memory.usage_in_bytes",
     {"total_inactive_file ", "total_active_file "}}};

/* What is left in one group. Its page cache can be reclaimed and does not count as used. */
static double left_in_group(const group_version *v, const char *group)
{
    char file[4352];
    snprintf(file, sizeof file, "%s/%s", group, v->most);
    double most = number_in(file, "");
    snprintf(file, sizeof file, "%s/%s", group, v->used);
    double used = number_in(file, "");
    snprintf(file, sizeof file, "%s/memory.stat", group);
    if (isinf(most) || isinf(used)) return most;
    for (int i = 0; i < 2; ++i) {
        double files = number_in(file, v->files[i]);
        if (!isinf(files)) used -= files;
    }
    return fmax(most - fmax(used, 0), 0);
}

/* The least of this process's group and its ancestors. */
static double left_in_groups(const group_version *v)
{
    char line[4096], path[4224];
    double least = left_in_group(v, v->root);
    FILE *f = fopen("/proc/self/cgroup", "r");
    while (f && fgets(line, sizeof line, f)) {
        char *group = strstr(line, v->line);
        if (!group) continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(path, sizeof path, "%s%s", v->root, group + strlen(v->line));
        for (char *end; (end = strrchr(path, '/')) && end >= path + strlen(v->root); *end = 0)
            least = fmin(least, left_in_group(v, path));
    }
    if (f) fclose(f);
    return least;
}

static double left_of_address_space(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return HUGE_VAL;
    double used = 1024 * number_in("/proc/self/status", "VmSize:");
    return isinf(used) ? (double)limit.rlim_cur : fmax(limit.rlim_cur - used, 0);
}

static double available_memory(void)
{
    double machine = 1024 * number_in("/proc/meminfo", "MemAvailable:");
    return fmin(fmin(machine, left_of_address_space()), fmin(left_in_groups(versions), left_in_groups(versions + 1)));
}

/* Reserved for what libraries allocate: oneDNN's code, thread stacks, fonts. */
static const double RESERVE = 32 << 20;

void require_memory(double bytes, const char *name, const char *what)
{
    if (bytes < 1 << 20) return;
    double available = fmax(available_memory() - RESERVE, 0);
    if (bytes > available)
        die("%s: %s need %.3g GB of memory, %.3g GB are available", name, what, bytes / 1e9, available / 1e9);
}
