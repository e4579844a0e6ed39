/*
test_state.c - .state files and atomic files: the effect of a changed cfg, and what is refused.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pixelcnn/train/solver.h"
#include "pixelcnn/train/state.h"
#include "pixelcnn/train/state_v1.h"
#include "tests/training.h"

static char path[256], reason[512];

/* The tiny net with other keys in place of max_batches=24. */
static network *net_with(const char *keys)
{
    char *text = read_whole(tiny_cfg(), 0), whole[2048], *at = strstr(text, "max_batches=24");
    snprintf(whole, sizeof whole, "%.*s%s%s", (int)(at - text), text, keys, at + strlen("max_batches=24"));
    free(text);
    return net_of_text(whole, 0);
}

static void write_state_of(network *net)
{
    atomic_file f;
    strcpy(path, scratch("x.state"));
    atomic_open(&f, path);
    write_state(net, (training_progress){.best = -1}, 0, (file_mark){1, 2}, &f);
    assert_int_equal(atomic_close(&f), 0);
}

/* A state written with some keys and read with others: is the schedule the same? */
static int same_schedule(const char *keys, const char *others)
{
    network *one = net_with(keys), *two = net_with(others);
    state_file s;
    write_state_of(one);
    if (try_read_state(two, path, &s, reason)) fail_msg("%s", reason);
    free_state(&s);
    free_network(one);
    free_network(two);
    return s.same_schedule;
}

static void a_changed_schedule_is_seen(void **state)
{
    (void)state;
    static const char steps[] = "max_batches=24\npolicy=steps\nsteps=2,4\nscales=.5,.5";
    assert_int_equal(same_schedule("max_batches=24", "max_batches=48"), 1);
    assert_int_equal(same_schedule(steps, steps), 1);
    assert_int_equal(same_schedule(steps, "max_batches=24\npolicy=steps\nsteps=2,5\nscales=.5,.5"), 0);
    assert_int_equal(same_schedule(steps, "max_batches=24\npolicy=steps\nsteps=2,4\nscales=.5,.4"), 0);
    assert_int_equal(same_schedule(steps, "max_batches=24"), 0);
    assert_int_equal(same_schedule("max_batches=24\npolicy=poly", "max_batches=24\npolicy=poly"), 1);
    assert_int_equal(same_schedule("max_batches=24\npolicy=poly", "max_batches=48\npolicy=poly"), 0);
}

/* try_read_state must refuse the file, with the reason. */
static void refuses_state(network *net, const char *file, const char *says)
{
    state_file s;
    assert_int_not_equal(try_read_state(net, file, &s, reason), STATE_READ);
    if (!strstr(reason, file) || !strstr(reason, says)) fail_msg("expected: %s\n    got: %s", says, reason);
    assert_null(s.bytes);
}

static void what_is_no_state_is_refused(void **state)
{
    (void)state;
    network *net = net_with("max_batches=24"), *other = net_with("max_batches=24\nmomentum=0.5");
    refuses_state(net, "/no/such.state", "cannot open: No such file");
    write_state_of(net);
    refuses_state(other, path, "belongs to a different cfg: momentum 0.9 -> 0.5; ");
    size_t bytes;
    char *whole = read_whole(path, &bytes);
    write_file(path, whole, bytes + 1); // the 0 behind it
    refuses_state(net, path, "too long");
    free(whole);
    *net->t = -1; // as uint64_t more than can be counted
    write_state_of(net);
    refuses_state(net, path, "step 18446744073709551615 at byte 136");
    mkdir(scratch("folder.state"), 0777);
    refuses_state(net, scratch("folder.state"), "cannot open: Is a directory");
    free_network(net);
    free_network(other);
}

/* As state.c writes version 1: sections are progress without its last member, m, v and average. */
typedef struct {
    char magic[8];
    uint32_t version, sections;
    uint64_t bytes, meaning, schedule;
    file_mark weights, section[4];
    uint64_t hash;
} first_header;

/* The state that write_state_of wrote, in version 1. */
static void make_first_version(network *net)
{
    size_t bytes, head = sizeof(first_header), progress_bytes = offsetof(training_progress, due);
    char *whole = read_whole(path, &bytes), *old = checked_calloc(bytes, 1);
    first_header h = {.version = 1, .sections = 4, .meaning = meaning_v1(net), .schedule = schedule_v1(net)};
    memcpy(h.magic, whole, sizeof h.magic);
    memcpy(&h.weights, whole + 24, sizeof h.weights + sizeof h.section); // in version 2 they are further forward
    size_t floats = h.section[1].bytes + h.section[2].bytes + h.section[3].bytes;
    memcpy(old + head, whole + head, progress_bytes);
    memcpy(old + head + progress_bytes, whole + head + sizeof(training_progress), floats);
    h.section[0] = (file_mark){progress_bytes, XXH64(old + head, progress_bytes, 0)};
    h.bytes = head + progress_bytes + floats;
    h.hash = XXH64(&h, offsetof(first_header, hash), 0);
    memcpy(old, &h, sizeof h);
    write_file(path, old, h.bytes);
    free(whole);
    free(old);
}

static void the_first_version_is_read(void **state)
{
    (void)state;
    network *net = net_with("max_batches=24"), *other = net_with("max_batches=24\nmomentum=0.5"),
            *faster = net_with("max_batches=24\nburn_in=2");
    state_file s;
    solver *of = net_solver(net);
    for (size_t i = 0; i < of->params.total; ++i) of->m[i] = i + 1;
    *net->t = 7;
    *net->seen = 28;
    write_state_of(net);
    make_first_version(net);
    memset(of->m, 0, of->params.total * sizeof(float));
    *net->t = *net->seen = 0;
    if (try_read_state(net, path, &s, reason)) fail_msg("%s", reason);
    assert_null(s.settings);
    assert_true(s.same_schedule && s.done.best == -1 && s.done.due == 0 && s.weights.bytes == 1 && s.weights.hash == 2);
    restore_state(net, &s);
    free_state(&s);
    assert_true(*net->t == 7 && *net->seen == 28);
    for (size_t i = 0; i < of->params.total; ++i) assert_true(of->m[i] == i + 1);
    refuses_state(other, path, "a different cfg");
    assert_int_equal(try_read_state(faster, path, &s, reason), STATE_READ);
    assert_false(s.same_schedule);
    free_state(&s);
    free_network(net);
    free_network(other);
    free_network(faster);
}

/* Numbers are reported as written in the cfg, long lists by a hash. */
static void settings_are_compared_line_by_line(void **state)
{
    (void)state;
    char text[256];
    assert_int_equal(
        differing_settings("may a 1\nmust b 2\nmust c 3\n", "must b 2\nmust c 4\nmay a 2\n", "must", text, 256), 1);
    assert_string_equal(text, "c 3 -> 4");
    assert_int_equal(differing_settings("must b 2\n", "must b 2\nmust solver muon\n", "must", text, 256), 1);
    assert_string_equal(text, "solver none -> muon");
    assert_int_equal(differing_settings("must b 2\nmust solver muon\n", "must b 2\n", "must", text, 256), 1);
    assert_string_equal(text, "solver muon -> none");
    assert_int_equal(differing_settings("must bb 2\n", "must b 2\nmust bb 2\n", "must", text, 8), 1);
    assert_string_equal(text, "b none ");
    assert_int_equal(find_setting("note a \nnote aa x y\n", "note", "aa", text, 256), 1);
    assert_string_equal(text, "x y");
    assert_int_equal(find_setting("note a x\n", "may", "a", text, 256), 0);
}

/* Moments and averages belong to a checkpoint as the weights do. */
static void nan_in_moments_is_found(void **state)
{
    (void)state;
    network *net = net_with("max_batches=24");
    solver *s = net_solver(net);
    float *const arrays[] = {s->m, s->v, s->average};
    const char *const names[] = {"first moment[0] is nan", "second moment[0] is nan", "average[0] is nan"};
    char where[256];
    assert_int_equal(find_nonfinite_weights(net, where), ALL_FINITE);
    for (int i = 0; i < 3; ++i) {
        float good = arrays[i][0];
        arrays[i][0] = NAN;
        assert_int_equal(find_nonfinite_weights(net, where), NONFINITE_WEIGHTS);
        if (!strstr(where, names[i])) fail_msg("%s: %s", names[i], where);
        arrays[i][0] = good;
    }
    free_network(net);
}

static void names_of_files_are_checked(void **state)
{
    (void)state;
    atomic_file f;
    file_mark m;
    char name[5000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    atomic_open(&f, name);
    atomic_write(&f, "a", 1);
    assert_int_equal(atomic_close(&f), 1);
    assert_non_null(strstr(f.error, "cannot create: File name too long"));
    assert_int_equal(mark_file("/no/such/file", &m), 1);
}

/* Without a slash it is in the folder that the process is in. */
static void a_name_without_folder_is_in_the_working_folder(void **state)
{
    (void)state;
    atomic_file f;
    file_mark m;
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(scratch("")), 0);
    atomic_open(&f, "bare.file");
    atomic_write(&f, "abc", 3);
    assert_int_equal(atomic_close(&f), 0);
    assert_int_equal(mark_file("bare.file", &m), 0);
    assert_true(m.bytes == 3 && m.hash == atomic_mark(&f).hash);
    assert_int_equal(chdir(here), 0);
}

/* -resume takes a state of any name, with weights beside it that are called the same. */
static void a_state_is_named(void **state)
{
    (void)state;
    static run_result r;
    char folder[256];
    strcpy(folder, fresh_folder("named"));
    run_command(&r, "%s pixelcnn train %s -backup %s", darknet(), tiny_train(), folder);
    assert_int_equal(r.status, 0);
    run_command(&r, "cd %s && mv tiny_last.state keep && mv tiny_last.weights keep.weights && >tiny_best.weights.tmp.1",
                folder);
    run_command(&r, "%s pixelcnn train %s -backup %s -resume %s/keep", darknet(), tiny_train(), folder, folder);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "keep.weights: iteration 24"));
    snprintf(path, sizeof path, "%s/tiny_best.weights.tmp.1", folder);
    assert_false(file_exists(path)); // left by a killed run
    run_command(&r, "%s pixelcnn train %s -backup %s -resume %s/none.state", darknet(), tiny_train(), folder, folder);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "none.state: cannot open: No such file"));
    run_command(&r, "%s pixelcnn train %s -backup %s -resume %s/keeep", darknet(), tiny_train(), folder, folder);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "keeep: cannot open: No such file or directory; did you mean "));
    assert_non_null(strstr(r.err, "/keep?\n"));
}

TEST_MAIN(cmocka_unit_test(a_changed_schedule_is_seen), cmocka_unit_test(what_is_no_state_is_refused),
          cmocka_unit_test(nan_in_moments_is_found), cmocka_unit_test(the_first_version_is_read),
          cmocka_unit_test(settings_are_compared_line_by_line), cmocka_unit_test(names_of_files_are_checked),
          cmocka_unit_test(a_name_without_folder_is_in_the_working_folder), cmocka_unit_test(a_state_is_named))
