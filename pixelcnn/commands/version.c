#include <stdarg.h>
#include <string.h>
#include "base/device.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/ranks.h"
#include "base/threads.h"
#include "darknet.h"
#include "library/pixelcnn.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/version.h"
#ifdef ONEDNN
#include <dnnl.h>
#endif

#define DARKNET_COMMIT "61c9d02e"

void add_fact(facts *f, const char *key, const char *format, ...)
{
    va_list args;
    if (f->n == sizeof f->entry / sizeof *f->entry) return;
    va_start(args, format);
    f->entry[f->n].key = key;
    vsnprintf(f->entry[f->n++].value, sizeof f->entry->value, format, args);
    va_end(args);
}

/* Linux's name of the CPU, or "unknown". */
static void cpu_name(char *name, int size)
{
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(name, size, "unknown");
    while (f && fgets(line, sizeof line, f)) {
        char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) || !value) continue;
        value[strcspn(value, "\n")] = 0;
        snprintf(name, size, "%s", value + 2);
        break;
    }
    if (f) fclose(f);
}

/* Which gemm this build uses. */
static void add_gemm_fact(facts *f)
{
#ifdef ONEDNN
    const dnnl_version_t *v = dnnl_version();
    add_fact(f, "gemm", "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
    add_fact(f, "onednn", "%d.%d.%d", v->major, v->minor, v->patch);
#else
    add_fact(f, "gemm", "own kernel");
#endif
}

static facts find_facts(void)
{
    facts f = {0};
    char cpu[256];
    add_fact(&f, "version", PIXELCNN_VERSION);
    add_fact(&f, "backend", "%s", GPU_BUILD ? backend_gpu() : "CPU");
    add_fact(&f, "darknet", DARKNET_COMMIT);
    add_fact(&f, "compiler", "gcc %s", __VERSION__);
    add_gemm_fact(&f);
    add_fact(&f, "mpi", "%s", mpi_version() ? mpi_version() : "none: built for one process");
    cpu_name(cpu, sizeof cpu);
    add_fact(&f, "cpu", "%s", cpu);
    add_fact(&f, "vectors", "%s", vector_units());
    add_fact(&f, "threads", "%d", max_threads());
    if (GPU_BUILD)
        add_device_facts_gpu(&f);
    else
        add_fact(&f, "devices", "none: built for the CPU");
    return f;
}

void describe_program(char *to, size_t n)
{
    facts f = {0};
    add_gemm_fact(&f);
    snprintf(to, n, "%s for %s, gcc %s, %s", PIXELCNN_VERSION, GPU_BUILD ? backend_gpu() : "CPU", __VERSION__,
             f.entry[0].value);
}

static int as_json;
static const option options[] = {{"-json", OPTION_FLAG, &as_json, 0, 0, "print the result as JSON"}};

static void run_version(const char **a)
{
    (void)a;
    facts f = find_facts();
    json_writer j = {.to = stdout};
    for (int i = 0; !as_json && i < f.n; ++i) printf("%-10s %s\n", f.entry[i].key, f.entry[i].value);
    if (!as_json) return;
    json_begin(&j, 0, '{');
    for (int i = 0; i < f.n; ++i) json_text(&j, f.entry[i].key, f.entry[i].value);
    json_end(&j, '}');
}

const command_form version_form = {.name = "version",
                                   .arguments = "",
                                   .summary = "show how the program was built and what it computes on",
                                   WITH(options),
                                   .run = run_version,
                                   .example = ""};
