#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/verbose.h"
#include "darknet.h"
#include "pixelcnn/commands/device_options.h"

static void need_gpu_build(const char *option)
{
    if (!GPU_BUILD) die("%s: this program is for the CPU only; build with make GPU=1 to use a device", option);
}

static int device_number(const char *option, const char *text, char **end)
{
    long n = text ? strtol(text, end, 10) : -1;
    if (!text || *end == text || n < 0 || n >= MOST_DEVICES)
        die("%s %s: expected a device number from 0 to %d", option, text ? text : "", MOST_DEVICES - 1);
    return (int)n;
}

static int whole_device_number(const char *option, const char *text)
{
    char *end;
    int n = device_number(option, text, &end);
    if (*end) die("%s %s: expected a device number from 0 to %d", option, text, MOST_DEVICES - 1);
    return n;
}

typedef struct {
    int number, nogpu;
    device_math_options math;
} device_choice;

/* Returns how many words the option takes, itself included; 0: it is not one of these options. */
static int read_one(char **argv, device_choice *to)
{
    if (!strcmp(argv[0], "-nogpu")) {
        to->nogpu = 1;
        return 1;
    }
    if (!strcmp(argv[0], "-v")) {
        verbose = 1;
        return 1;
    }
    if (!strcmp(argv[0], "-i")) {
        need_gpu_build("-i");
        to->number = whole_device_number("-i", argv[1]);
        return 2;
    }
    int *flag = !strcmp(argv[0], "-tf32")            ? &to->math.tf32
                : !strcmp(argv[0], "-deterministic") ? &to->math.deterministic
                                                     : 0;
    if (!flag) return 0;
    need_gpu_build(argv[0]);
    *flag = 1;
    return 1;
}

int take_device_options(int argc, char **argv)
{
    device_choice choice = {.number = GPU_BUILD ? 0 : -1};
    int kept = 0, taken;
    for (int i = 0; i < argc; i += taken ? taken : 1) {
        taken = read_one(argv + i, &choice);
        if (!taken) argv[kept++] = argv[i];
    }
    argv[kept] = 0;
    gpu_index = choice.nogpu ? -1 : choice.number;
    if (GPU_BUILD) device_math = choice.math;
    return kept;
}

device_list read_device_list(const char *text)
{
    device_list list = {0};
    if (!text) return list;
    need_gpu_build("-gpus");
    for (char *at = (char *)text;; ++at) {
        int device = device_number("-gpus", at, &at);
        for (int i = 0; i < list.n; ++i)
            if (list.index[i] == device) die("-gpus %s: device %d is listed twice", text, device);
        list.index[list.n++] = device; // at most MOST_DEVICES, as each is listed once
        if (*at && *at != ',') die("-gpus %s: expected device numbers separated by commas, such as 0,1", text);
        if (!*at) break;
    }
    gpu_index = list.index[0];
    return list;
}
