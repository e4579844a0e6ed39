#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/printable.h"
#include "pixelcnn/pictures/preview.h"

extern char **environ;

/* Returns 0 or an errno; chafa's output goes to stderr. */
static int start_chafa(const char *file, pid_t *child)
{
    char *const arguments[] = {"chafa", "--", (char *)file, 0};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    int failed = posix_spawnp(child, "chafa", &actions, 0, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

void show_preview(const char *file)
{
    pid_t child;
    int status = 0;
    fflush(stdout);
    fflush(stderr);
    int failed = start_chafa(file, &child);
    if (failed) {
        fprintf(stderr, "-preview: cannot start chafa: %s; install it (Debian: apt-get install chafa) or open %s\n",
                strerror(failed), printable(file));
        return;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status) fprintf(stderr, "-preview: chafa cannot show %s\n", printable(file));
}
