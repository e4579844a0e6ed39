/*
peak_memory.c - how much memory training takes. See peak_memory.h.
*/
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/errors.h"
#include "pixelcnn/commands/peak_memory.h"
#include "pixelcnn/data/random_rows.h"
#include "pixelcnn/net/build_net.h"

static void train_shortly(const char *cfg, int batch)
{
    network *net = parse_pixelcnn_cfg(cfg, (net_overrides){.batch = batch, .training = 1});
    data rows = random_rows(net, batch);
    for (int i = 0; i < 3; ++i) train_network(net, rows);
    free_data(rows);
    free_network(net);
}

/* What the child would say is said again where it matters, by the parent. */
static void be_silent(void)
{
    int null = open("/dev/null", O_WRONLY);
    dup2(null, 1);
    dup2(null, 2);
}

double peak_memory_of_training(const char *cfg, int batch)
{
    int status;
    struct rusage used;
    pid_t child = fork();
    if (child < 0) die("%s: cannot start a process to measure memory: %s", cfg, strerror(errno));
    if (!child) {
        be_silent();
        train_shortly(cfg, batch);
        _exit(0);
    }
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR) die("%s: lost the process that measures memory: %s", cfg, strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        parse_pixelcnn_cfg(
            cfg, (net_overrides){.batch = batch, .training = 1}); // says what is wrong with the cfg, if that is it
        die("%s: training with -batch %d failed in the process that measures memory; is there enough of it?", cfg,
            batch);
    }
    return used.ru_maxrss * 1024.;
}
