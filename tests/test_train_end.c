/*
test_train_end.c - the command that `train` suggests at its end works when typed.
*/
#include <stdlib.h>
#include <string.h>
#include "base/command_line.h"
#include "base/shell_word.h"
#include "tests/training.h"

static run_result r;
static const char said[] = "to draw with it: ";

/* The command that `train` suggests, on stderr; fails if there is none. Free it. */
static char *suggested(void)
{
    char *at = strstr(r.err, said);
    if (!at) fail_msg("no '%s' in: %s", said, r.err);
    at += strlen(said);
    return strndup(at, strcspn(at, "\n"));
}

/* Runs it unchanged, in the same folder, and looks for what `sample` says it drew. Frees it. */
static void draws(const char *folder, char *command, const char *images)
{
    write_text(scratch("command"), command);
    run_command(&r, "cd %s && bash %s", folder, scratch("command"));
    if (r.status) fail_msg("%s: %s", command, r.err);
    if (!strstr(r.out, images)) fail_msg("%s: %s", command, r.out);
    free(command);
}

static void training_suggests_how_to_draw(void **state)
{
    (void)state;
    char folder[256], here[512];
    strcpy(folder, fresh_folder("drawn"));
    run_command(&r, "mkdir -p %s && cp %s \"%s/it's a \\$net.cfg\"; pwd", folder, tiny_cfg(), folder);
    snprintf(here, sizeof here, "%.*s", (int)strcspn(r.out, "\n"), r.out);
    run_command(
        &r,
        "P=$(realpath %s); cd %s && \"$P\" pixelcnn train \"it's a \\$net.cfg\" %s -report none -backup '-my backup'",
        darknet(), folder, tiny_data());
    if (r.status) fail_msg("%s", r.err);
    assert_string_equal(r.out, "-my backup/it's a $net_final.weights\n"); // as before, and alone, for scripts
    assert_non_null(
        strstr(r.err, "sample 'it'\\''s a $net.cfg' './-my backup/it'\\''s a $net_final.weights' -label all\n"));
    draws(folder, suggested(), ": 30 images of 5 x 6, label all");
    run_command(&r, "cd %s && %s/%s pixelcnn train \"it's a \\$net.cfg\" %s -report none -backup '-my backup'", folder,
                here, darknet(), tiny_data()); // finished
    assert_int_equal(r.status, 0);
    draws(folder, suggested(), ": 30 images of 5 x 6, label all");
}

/* Device options and the program's name are those with which `train` was called. */
static void the_program_is_called_as_before(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("called"));
    run_command(&r, "%s -nogpu pixelcnn train %s -report none -backup %s", darknet(), tiny_train(), folder);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, " -nogpu pixelcnn sample /"));
    strcpy(folder, fresh_folder("linked"));
    run_command(&r,
                "mkdir -p %s/bin && ln -s $(realpath %s) %s/bin/pixelcnn && PATH=%s/bin:$PATH pixelcnn train %s -nogpu "
                "-report none -backup %s",
                folder, darknet(), folder, folder, tiny_train(), folder);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "to draw with it: pixelcnn -nogpu sample /"));
}

static void unfinished_training_suggests_nothing(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("failed"));
    run_command(&r, "sed 's/adam=1/adam=1\\npolicy=steps\\nsteps=5,6,7,8,9\\nscales=1e6,1e6,1e6,1e6,1e6/' %s >%s.cfg",
                tiny_cfg(), folder);
    run_command(&r, "%s pixelcnn train %s.cfg %s -report none -backup %s", darknet(), folder, tiny_data(), folder);
    assert_int_equal(r.status, 3);
    assert_null(strstr(r.err, said));
}

/* ---- words ---- */

/* A shell reads each word back. */
static void words_are_read_back(void **state)
{
    (void)state;
    static const char *const words[] = {
        "plain",    "a/b-c_d.e:f=g,h@i%j+k", "",        "two words", "it's",        "$HOME `id` \"x\" \\ *", "~", "#x",
        "\xc3\xa4", "line\nbreak",           "\x1b[2J", "\xff\xfe",  "tab\there'\\"};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        char *line = 0, path[256];
        size_t bytes;
        FILE *f = open_memstream(&line, &bytes);
        fputs("printf %s ", f);
        write_shell_word(f, words[i]);
        fclose(f);
        strcpy(path, scratch("line"));
        write_text(path, line);
        run_command(&r, "bash %s", path);
        assert_string_equal(r.out, words[i]);
        for (const char *c = line; *c; ++c) assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
        assert_int_equal(strchr(line, '\'') == 0 && strchr(line, '$') == 0, i < 2); // quotes only where needed
        free(line);
    }
}

TEST_MAIN(cmocka_unit_test(training_suggests_how_to_draw), cmocka_unit_test(the_program_is_called_as_before),
          cmocka_unit_test(unfinished_training_suggests_nothing), cmocka_unit_test(words_are_read_back))
