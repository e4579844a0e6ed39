#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "base/errors.h"
#include "base/verbose.h"
#define STOCK_FILES_DEFINED_HERE // keeps fopen and exit as they are here, or as the fuzzer defines them
#include "host/stock_files.h"

/* An image without a tags file has no tags, which is no error. */
static int may_be_missing(const char *caller) { return !strcmp(caller, "load_tags_paths"); }

FILE *fopen_or_die(const char *file, const char *mode, const char *caller)
{
    struct stat kind;
    if (!file) die("a file name is missing: the command needs one more argument");
    FILE *f = fopen(file, mode);
    if (!f && may_be_missing(caller)) return f;
    if (!f) die("%s: cannot open: %s", file, strerror(errno));
    if (!fstat(fileno(f), &kind) && S_ISDIR(kind.st_mode)) die("%s: cannot read: %s", file, strerror(EISDIR));
    return f;
}

void exit_after_error(int status) { exit(status > 0 ? status : 1); }

FILE *stock_stderr(void)
{
    static FILE *nowhere;
    if (verbose) return stderr;
    if (!nowhere) nowhere = fopen("/dev/null", "w");
    return nowhere ? nowhere : stderr;
}
