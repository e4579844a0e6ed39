/*
test_help.c - help goes to standard output with status 0, fits a screen, and command lines are understood in
several spellings.
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
    static const char *const of_all[] = {"pixelcnn -h", "pixelcnn -help", "pixelcnn --help", "pixelcnn help",
                                         "help pixelcnn"},
                             *const of_eval[] = {"pixelcnn eval -help",       "pixelcnn eval --help",
                                                 "pixelcnn help eval",        "help eval",
                                                 "pixelcnn eval -limit 3 -h", "pixelcnn eval nosuch.cfg -h",
                                                 "pixelcnn -nogpu eval -h"},
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

/* Of the program itself, the net's only if it is asked for. */
static void layers_are_listed_on_demand(void **state)
{
    (void)state;
    need_world();
    run_command(&r, "$DARKNET pixelcnn eval $CFG $WEIGHTS $DATA -limit 1");
    assert_string_equal(r.err, "");
    run_command(&r, "$DARKNET pixelcnn eval $CFG $WEIGHTS $DATA -limit 1 -v");
    must_hold(r.err, "layer     filters & \n    1 vert & \n    6 conv & Loading weights from & Done!\n");
    run_command(&r, "$DARKNET pixelcnn train $CFG $DATA -backup $OUT/quiet");
    must_hold(r.err, "layer     filters & \n    1 vert & \n    6 conv ");
}

static void one_image_has_no_standard_error(void **state)
{
    (void)state;
    need_world();
    run_command(&r, "$DARKNET pixelcnn eval $CFG $WEIGHTS $DATA -limit 1");
    must_hold(r.out, "standard errors: unknown, as there is one image\nnats/dim & images 1\n");
    run_command(&r, "$DARKNET pixelcnn eval $CFG $WEIGHTS $DATA -limit 1 -json");
    must_hold(r.out, "\"standard_error\": null");
    run_command(&r, "$DARKNET pixelcnn eval $CFG $WEIGHTS $DATA -limit 2 -json");
    must_hold(r.out, "\"standard_error\": {\"nats_per_dim\": ");
}

static void options_are_read_in_several_spellings(void **state)
{
    (void)state;
    static const char *const same[] = {"-limit 3 -json", "--limit 3 --json", "-limit=3 -json", "--limit=3 --json",
                                       "-json --limit=3 --"};
    char first[65536], line[256];
    need_world();
    for (int i = 0; i < COUNT(same); ++i) {
        snprintf(line, sizeof line, "pixelcnn eval $CFG $WEIGHTS $DATA %s", same[i]);
        heard(line);
        if (i) assert_string_equal(r.out, first);
        strcpy(first, r.out);
    }
    assert_int_equal(number_in(first, "images"), 3);
    run_command(
        &r,
        "cd $SCRATCH && cp $CFG ./-odd.cfg && $OLDPWD/$DARKNET pixelcnn sample -n 1 -out x.png -- -odd.cfg $WEIGHTS");
    if (r.status) fail_msg("%s", r.err);
}

/* In the source tree, and in a folder that has nothing. */
static void nets_are_found_by_name(void **state)
{
    (void)state;
    char first[65536];
    must_hold(heard("pixelcnn nets"),
              "\nfashion & 28 x 28  grey     8 levels  10 classes & weights ship\n & \nmnist256 ");
    assert_null(strstr(r.out, "\nmnist_classifier")); // Darknet's own
    must_hold(heard("pixelcnn nets -json"), "{\"name\": \"blind_spot\", & \"weights\": \"weights/fashion.weights\", ");
    need_world();
    heard("pixelcnn sample cfg/fashion.cfg weights/fashion.weights -n 1 -height 2 -json -out $SCRATCH/x.png | sed "
          "'s/\"seconds.*//'");
    strcpy(first, r.out);
    heard("pixelcnn sample fashion -n 1 -height 2 -json -out $SCRATCH/x.png | sed 's/\"seconds.*//'");
    assert_string_equal(r.out, first);
    run_command(&r, "cp $SCRATCH/x.png $SCRATCH/y.png; cd $EMPTY && $OLDPWD/$DARKNET pixelcnn sample fashion -n 1 "
                    "-height 2 -out $SCRATCH/x.png && cmp $SCRATCH/x.png $SCRATCH/y.png && $OLDPWD/$DARKNET pixelcnn "
                    "bench cfg/fashion.cfg -only sampling -seconds 0 -batch 1 >/dev/null && $OLDPWD/$DARKNET pixelcnn "
                    "-h | grep '[/]docs/cfg.md' >/dev/null && [ -z \"$(ls)\" ]");
    if (r.status) fail_msg("%s", r.err);
}

/* What bash would offer for the last word of a command line, in one line. */
static const char *completed(const char *words)
{
    run_command(&r,
                "bash -c 'complete() { :; }; source <($DARKNET pixelcnn completion); COMP_WORDS=(%s \"\"); "
                "[[ \"%s\" = *\" \" ]] || unset \"COMP_WORDS[-1]\"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _pixelcnn; "
                "echo \"${COMPREPLY[*]}\"'",
                words, words);
    if (r.status || *r.err) fail_msg("%s: %s", words, r.err);
    return r.out;
}

static void bash_completes(void **state)
{
    (void)state;
    need_world();
    assert_string_equal(completed("./darknet pix"), "pixelcnn\n");
    assert_string_equal(completed("./darknet pixelcnn s"), "sample score\n");
    assert_string_equal(completed("pixelcnn s"), "sample score\n");
    assert_string_equal(completed("pixelcnn help cl"), "classify\n");
    assert_string_equal(completed("pixelcnn -i 0 eval -bi"), "-binarise_seed\n");
    assert_string_equal(completed("pixelcnn bench -only "), "training sampling\n");
    assert_string_equal(completed("pixelcnn sample fash"), "fashion\n");
    assert_string_equal(completed("pixelcnn train cfg/fash"), "cfg/fashion.cfg\n");
    assert_string_equal(completed("pixelcnn train fashion data -resume au"), "auto\n");
    assert_string_equal(completed("pixelcnn train fashion data -backup doc"), "docs\n");
    assert_string_equal(completed("pixelcnn train fashion data -seed "), "\n");
    assert_string_equal(completed("pixelcnn score fashion data -against cfg/fash"), "cfg/fashion.cfg\n");
    assert_string_equal(completed("pixelcnn score fashion data -against fash"), "fashion\n");
    assert_string_equal(completed("pixelcnn score fashion data -against cfg/fashion.cfg weights/fash"),
                        "weights/fashion.weights\n");
    assert_string_equal(completed("pixelcnn score fashion data -against cfg/fashion.cfg LICEN"), "\n");
    assert_string_equal(completed("pixelcnn score fashion -against fashion LICEN"), "LICENSE\n");
    assert_string_equal(completed("pixelcnn score fashion data -against cfg/fashion.cfg weights/fashion.weights -com"),
                        "-complexity\n");
}

TEST_MAIN(cmocka_unit_test(each_command_explains_itself), cmocka_unit_test(all_spellings_ask_for_help),
          cmocka_unit_test(the_version_is_found), cmocka_unit_test(help_that_cannot_be_printed_is_an_error),
          cmocka_unit_test(layers_are_listed_on_demand), cmocka_unit_test(one_image_has_no_standard_error),
          cmocka_unit_test(options_are_read_in_several_spellings), cmocka_unit_test(nets_are_found_by_name),
          cmocka_unit_test(bash_completes))
