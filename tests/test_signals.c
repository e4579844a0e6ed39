/*
test_signals.c - stops and kills training at random moments. SOAK=1 repeats this as often as make soak does.
*/
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/random.h"
#include "tests/training.h"

static run_result r;

static pid_t start(const char *folder)
{
    char command[1024];
    snprintf(command, sizeof command, "%s.err", folder);
    remove(command); // or it would be taken for that of a program that is killed before it opens its own
    snprintf(command, sizeof command, "exec %s pixelcnn train %s -backup %s >%s.out 2>%s.err </dev/null", darknet(),
             tiny_train(), folder, folder, folder);
    fflush(0);
    pid_t child = fork();
    if (!child) {
        execl("/bin/sh", "sh", "-c", command, (char *)0);
        _exit(127);
    }
    return child;
}

static void wait_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, 0);
}

static int random_below(int n)
{
    static uint64_t at;
    return random_unit(11, STREAM_SAMPLE, at++, 0) * n;
}

/* The exit status; -1 if it has not ended within `seconds`. */
static int ending(pid_t child, int seconds)
{
    int status;
    for (int ms = 0; ms < seconds * 1000; ms += 5, wait_ms(5))
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

static int has_last(const char *folder)
{
    char file[300];
    snprintf(file, sizeof file, "%s/tiny_last.state", folder);
    return file_exists(file);
}

/* How long a whole run takes, in milliseconds. */
static int whole_ms(void)
{
    static int ms;
    if (ms) return ms;
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    assert_int_equal(ending(start(fresh_folder("timed")), 60), 0);
    clock_gettime(CLOCK_MONOTONIC, &b);
    return ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 + 1;
}

static void stops_at(int number)
{
    char folder[256];
    for (int i = repeats(4, 50); i--;) {
        strcpy(folder, fresh_folder("stopped"));
        pid_t child = start(folder);
        wait_ms(random_below(whole_ms()));
        kill(child, number);
        int status = ending(child, 10);
        // before the program catches signals there is nothing to save; after its last look it is done
        if (status != 0 && status != 128 + number) fail_msg("signal %d: status %d", number, status);
        int saved = has_last(folder);
        resume_training(&r, folder, "");
        assert_int_equal(r.status, 0);
        assert_true(saved == !!strstr(r.err, "resumed from"));
        assert_true(final_hash(folder) == undisturbed_hash());
    }
}

static void sigterm_stops_and_saves(void **state)
{
    (void)state;
    stops_at(SIGTERM);
}

static void sigint_stops_and_saves(void **state)
{
    (void)state;
    stops_at(SIGINT);
}

/* Waits until training in the folder has begun, at most 30 seconds. */
static void wait_for_first_iteration(const char *folder)
{
    static run_result seen;
    for (int ms = 0; ms < 30000; ms += 5, wait_ms(5)) {
        run_command(&seen, "grep -q bits/dim %s.err", folder);
        if (!seen.status) return;
    }
    fail_msg("%s.err: no iteration", folder);
}

static void sigusr1_saves_and_continues(void **state)
{
    (void)state;
    char folder[256];
    int heard = 0;
    for (int i = repeats(6, 50); i--;) {
        strcpy(folder, fresh_folder("asked"));
        pid_t child = start(folder);
        wait_for_first_iteration(folder);
        wait_ms(random_below(whole_ms() / 8));
        kill(child, SIGUSR1);
        assert_int_equal(ending(child, 30), 0);
        assert_true(final_hash(folder) == undisturbed_hash());
        run_command(&r, "grep -c 'SIGUSR1: saving' %s.err", folder);
        heard += r.status == 0;
    }
    assert_true(heard > 0);
}

/* A fifth of the kills fall on a call of the saving itself, the others on any moment. */
static void killed_runs_end_with_the_same_weights(void **state)
{
    (void)state;
    need_preload();
    static const char *const calls[] = {"fwrite", "fsync", "rename", "link", "fclose"};
    char folder[256];
    int kills = repeats(20, 200), resumed = 0, was_saved = 0, done = 0;
    strcpy(folder, fresh_folder("killed"));
    while (done < kills) {
        if (done % 5 == 0) {
            int most = done / 5 % 5 == 0 ? 40 : 6;
            run_command(&r,
                        "FAULT='%s %d -9 1' FAULT_SEEN=%s LD_PRELOAD=build/cpu/tests/faults.so %s pixelcnn "
                        "train %s -backup %s",
                        calls[done / 5 % 5], 1 + random_below(most), scratch("seen"), darknet(), tiny_train(), folder);
        } else {
            pid_t child = start(folder);
            wait_ms(random_below(whole_ms()));
            kill(child, SIGKILL);
            r.status = ending(child, 10);
            run_command(&r, "cat %s.err 2>/dev/null; exit %d", folder, r.status);
            memcpy(r.err, r.out, sizeof r.err);
        }
        if (r.status != 0 && r.status != 128 + SIGKILL) fail_msg("status %d: %s", r.status, r.err);
        if (r.status) ++done;
        if (was_saved && !strstr(r.err, "resumed from") && strstr(r.err, "bits/dim"))
            fail_msg("started anew: %s", r.err);
        resumed += !!strstr(r.err, "resumed from");
        was_saved = has_last(folder);
        if (r.status == 0) {
            assert_true(final_hash(folder) == undisturbed_hash());
            strcpy(folder, fresh_folder("killed"));
            was_saved = 0;
        }
    }
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0);
    assert_true(final_hash(folder) == undisturbed_hash());
    printf("# %d kills, %d resumed\n", kills, resumed);
    assert_true(resumed > 0);
}

TEST_MAIN(cmocka_unit_test(sigterm_stops_and_saves), cmocka_unit_test(sigint_stops_and_saves),
          cmocka_unit_test(sigusr1_saves_and_continues), cmocka_unit_test(killed_runs_end_with_the_same_weights))
