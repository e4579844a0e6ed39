/*
test_leaks.c - each command frees what it allocates: valgrind finds nothing definitely lost. Skipped without
valgrind.
*/
#include <stdlib.h>
#include <string.h>
#include "tests/training.h"

static run_result r;

/* One thread, the start that ./darknet would make, and what valgrind knows of the machine. */
static const char valgrind[] =
    "OMP_NUM_THREADS=1 GOMP_SPINCOUNT=0 ONEDNN_MAX_CPU_ISA=AVX2 valgrind --leak-check=full "
    "--show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect --error-exitcode=99";

/* What the last training wrote. */
static char folder[256], weights[300];

static int has_valgrind(void)
{
#ifdef __SANITIZE_ADDRESS__
    return 0; // the two cannot work together
#else
    return !system("command -v valgrind >/dev/null 2>&1");
#endif
}

static int prepare(void **state)
{
    (void)state;
    if (!has_valgrind()) print_message("leaks: not tested, valgrind is missing or of no use\n");
    strcpy(folder, fresh_folder("trained"));
    snprintf(weights, sizeof weights, "%s/tiny_final.weights", folder);
    run_command(&r, "%s pixelcnn train %s -backup %s", darknet(), tiny_train(), folder);
    return r.status;
}

/* Ends with that status, and nothing is lost. */
static void loses_nothing(const char *arguments, int status)
{
    if (!has_valgrind()) skip();
    run_command(&r, "%s %s pixelcnn %s", valgrind, darknet(), arguments);
    int none = strstr(r.err, "definitely lost: 0 bytes") || strstr(r.err, "no leaks are possible");
    if (r.status != status || !none) fail_msg("pixelcnn %s: status %d: %s", arguments, r.status, r.err);
}

static void train_loses_nothing(void **state)
{
    (void)state;
    char arguments[1024];
    snprintf(arguments, sizeof arguments, "train %s -backup %s.new -log %s.csv", tiny_train(), folder, folder);
    loses_nothing(arguments, 0);
}

static void a_resumed_run_loses_nothing(void **state)
{
    (void)state;
    char arguments[1024];
    run_command(&r, "cp -r %s %s.old && rm %s.old/tiny_last.state", folder, folder, folder);
    snprintf(arguments, sizeof arguments, "train %s -backup %s.old", tiny_train(), folder);
    loses_nothing(arguments, 0);
}

/* Policy steps has arrays of its own, SGD and a net without labels do without some. */
static void a_plain_run_loses_nothing(void **state)
{
    (void)state;
    char arguments[1024];
    run_command(&r,
                "sed 's/adam=1/policy=steps\\nsteps=2,4\\nscales=.5,.5/; s/ema=0.9//; s/batches=24/batches=6/; "
                "/label_embed/,/dropout/d' %s >%s.cfg",
                tiny_cfg(), folder);
    snprintf(arguments, sizeof arguments, "train %s.cfg %s -backup %s.plain -resume none", folder, tiny_data(), folder);
    loses_nothing(arguments, 0);
}

static void sample_loses_nothing(void **state)
{
    (void)state;
    char arguments[1024];
    const char *how[] = {"-label all -n 2", "-naive -n 2", "-guidance 1 -n 2 -width 7"};
    for (int i = repeats(2, 0); i < 3; ++i) {
        snprintf(arguments, sizeof arguments, "sample %s %s %s -out %s.png", tiny_cfg(), weights, how[i], folder);
        loses_nothing(arguments, 0);
    }
}

static void eval_loses_nothing(void **state)
{
    (void)state;
    char arguments[1024];
    snprintf(arguments, sizeof arguments, "eval %s %s %s", tiny_cfg(), weights, tiny_data());
    loses_nothing(arguments, 0);
}

static void uses_lose_nothing(void **state)
{
    (void)state;
    char arguments[1024], file[300];
    const char *how[] = {"classify -limit 4 -csv %s.csv", "score -limit 4 -csv %s.csv -sheet %s.png",
                         "complete -images 2 -n 2 -out %s.png"};
    for (int i = 0; i < 3; ++i) {
        size_t word = strcspn(how[i], " ");
        snprintf(arguments, sizeof arguments, "%.*s %s %s %s", (int)word, how[i], tiny_cfg(), weights, tiny_data());
        size_t n = strlen(arguments);
        snprintf(arguments + n, sizeof arguments - n, how[i] + word, folder, folder);
        loses_nothing(arguments, 0);
    }
    snprintf(arguments, sizeof arguments, "convert %s %s.idx", tiny_data(), folder);
    loses_nothing(arguments, 0);
    snprintf(file, sizeof file, "%s.png", folder);
    snprintf(arguments, sizeof arguments, "score %s %s %s -label 1", tiny_cfg(), weights, file);
    loses_nothing(arguments, 0);
}

static void check_loses_nothing(void **state)
{
    (void)state;
    char arguments[1024];
    snprintf(arguments, sizeof arguments, "check %s %s -out %s.png", tiny_cfg(), weights, folder);
    loses_nothing(arguments, 0);
    snprintf(arguments, sizeof arguments, "check %s -plain", tiny_cfg());
    loses_nothing(arguments, 0);
}

static void bench_loses_nothing(void **state)
{
    (void)state;
    char arguments[1024];
    snprintf(arguments, sizeof arguments, "bench %s -batch 2 -seconds 0", tiny_cfg());
    loses_nothing(arguments, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(train_loses_nothing),  cmocka_unit_test(a_resumed_run_loses_nothing),
        cmocka_unit_test(sample_loses_nothing), cmocka_unit_test(a_plain_run_loses_nothing),
        cmocka_unit_test(eval_loses_nothing),   cmocka_unit_test(check_loses_nothing),
        cmocka_unit_test(bench_loses_nothing),  cmocka_unit_test(uses_lose_nothing)};
    return cmocka_run_group_tests(tests, prepare, 0);
}
