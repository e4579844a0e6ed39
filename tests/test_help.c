/*
test_help.c - help goes to standard output with status 0, fits a screen, and command lines are understood in several spellings.
*/
#include <string.h>
#include "pixelcnn/commands/commands.h"
#include "tests/refused.h"

enum { COLUMNS = 100, LINES = 48 }; // of a screen

static run_result r;

/* Status 0, nothing on stderr, and what is said; returns it. */
static const char *heard(const char *arguments)
{
    run_command(&r, "%s %s", darknet(), arguments);
    if (r.status || *r.err) fail_msg("%s: status %d: %s", arguments, r.status, r.err);
    return r.out;
}

static void fits_a_screen(const char *name, const char *text)
{
    int lines = 0;
    for (const char *at = text; *at; ++lines) {
        size_t n = strcspn(at, "\n");
        if (n > COLUMNS) fail_msg("%s: %zu columns: %.*s", name, n, (int)n, at);
        at += n + (at[n] != 0);
    }
    if (lines > LINES) fail_msg("%s: %d lines, more than %d", name, lines, LINES);
}

/* Its form, each of its options, an example. */
static void each_command_explains_itself(void **state)
{
    (void)state;
    char line[256];
    for (int i = 0; i < ncommands; ++i) {
        const command_form *c = commands[i];
        snprintf(line, sizeof line, "pixelcnn %s -h", c->name);
        const char *text = heard(line);
        fits_a_screen(c->name, text);
        snprintf(line, sizeof line, "pixelcnn %s%s%s\n    %.60s", c->name, *c->arguments ? " " : "", c->arguments,
                 c->summary);
        must_hold(text, line);
        for (int k = 0; k < c->noptions; ++k) {
            snprintf(line, sizeof line, "\n    %s", c->options[k].name);
            must_hold(text, line);
        }
        must_hold(text, "Example: ");
    }
}

static void all_spellings_ask_for_help(void **state)
{
    (void)state;
    static const char *const of_all[] = {"pixelcnn -h", "pixelcnn -help", "pixelcnn --help", "pixelcnn help"},
                             *const of_eval[] = {"pixelcnn eval -help",         "pixelcnn eval --help",
                                                 "pixelcnn help eval",          "pixelcnn eval -limit 3 -h",
                                                 "pixelcnn eval nosuch.cfg -h", "pixelcnn -nogpu eval -h"},
                             *const of_darknet[] = {"-h", "-help", "--help", "help"};
    char first[65536];
    fits_a_screen("pixelcnn", strcpy(first, heard("pixelcnn")));
    for (int i = 0; i < COUNT(of_all); ++i) assert_string_equal(heard(of_all[i]), first);
    strcpy(first, heard("pixelcnn eval -h"));
    for (int i = 0; i < COUNT(of_eval); ++i) assert_string_equal(heard(of_eval[i]), first);
    fits_a_screen("darknet", strcpy(first, heard("")));
    must_hold(first, "pixelcnn COMMAND");
    for (int i = 0; i < COUNT(of_darknet); ++i) assert_string_equal(heard(of_darknet[i]), first);
}

static void the_version_is_found(void **state)
{
    (void)state;
    static const char *const spellings[] = {"version", "--version", "-version", "pixelcnn --version",
                                            "pixelcnn -version"};
    char first[65536];
    strcpy(first, heard("pixelcnn version"));
    must_hold(first, "version    ");
    for (int i = 0; i < COUNT(spellings); ++i) assert_string_equal(heard(spellings[i]), first);
}

/* A full disk or a closed pipe is no success. */
static void help_that_cannot_be_printed_is_an_error(void **state)
{
    (void)state;
    static const char *const asked[] = {"", "pixelcnn", "pixelcnn eval -h"};
    for (int i = 0; i < COUNT(asked); ++i) {
        run_command(&r, "%s %s >/dev/full", darknet(), asked[i]);
        assert_int_equal(r.status, 1);
        must_hold(r.err, "standard output: No space left");
    }
}

TEST_MAIN(cmocka_unit_test(each_command_explains_itself), cmocka_unit_test(all_spellings_ask_for_help),
          cmocka_unit_test(the_version_is_found), cmocka_unit_test(help_that_cannot_be_printed_is_an_error))
