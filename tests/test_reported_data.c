/*
test_reported_data.c - what users reported of data sets and names: each test failed before it was mended.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "formats.h"
#include "refused.h"

static run_result r;

/* A command that must end with that status. */
static void run(int status, const char *command)
{
    run_command(&r, "%s", command);
    if (r.status != status) fail_msg("%s\n    status %d: %s%s", command, r.status, r.out, r.err);
}

static void says(const char *text, const char *parts)
{
    if (!holds(text, parts)) fail_msg("expected: %s\n    got: %s", parts, text);
}

static void says_not(const char *text, const char *part)
{
    if (strstr(text, part)) fail_msg("not expected: %s\n    got: %s", part, text);
}

/* ---- names ---- */

#define EVIL "\x1b]0;t\x07\xff\xc3\xa9.png"

/* $LOOSE: pictures without classes, one with a name that no one would choose. */
static void need_evil_name(void)
{
    need_world();
    const char *folder = make_folder("loose", "");
    add_flat(folder, EVIL, 6, 5, 40);
    add_flat(folder, "b.png", 6, 5, 200);
    setenv("LOOSE", folder, 1);
}

static void json_is_utf8_whatever_the_name(void **state)
{
    (void)state;
    need_evil_name();
    run(0, "$DARKNET pixelcnn score $CFG $WEIGHTS $LOOSE -label 1 -json");
    says(r.out, "loose/\\u001b]0;t\\u0007\\ufffd\xc3\xa9.png\"}");
    says_not(r.out, "\xff");
    run(0, "$DARKNET pixelcnn sample $CFG $WEIGHTS -label 1 -n 1 -json -out $SCRATCH/\xe2\x82.png");
    says(r.out, "/\\ufffd\\ufffd.png\"");
    run(0, "$DARKNET pixelcnn train $CFG $DATA -json -backup $SCRATCH/b\xed\xa0\x80");
    says(r.out, "/b\\ufffd\\ufffd\\ufffd/good_final.weights\"");
}

static void names_do_not_steer_a_terminal(void **state)
{
    (void)state;
    need_evil_name();
    run(1, "$DARKNET pixelcnn sample \"$SCRATCH/$(printf '\\033[2J\\302\\233\\342\\200\\256').cfg\" x");
    says(r.err, "/\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae.cfg: cannot open");
    says_not(r.err, "\x1b");
    run_command(&r, "command -v script");
    if (r.status) skip();
    run(0, "script -qec '$DARKNET pixelcnn score $CFG $WEIGHTS $LOOSE -label 1' /dev/null");
    says(r.out, "loose/\\x1b]0;t\\x07\\xff\xc3\xa9.png");
    says_not(r.out, "\x1b]0");
    run(0, "$DARKNET pixelcnn score $CFG $WEIGHTS $LOOSE -label 1");
    says(r.out, "loose/" EVIL); // to a file the name itself
}

static void class_names_do_not_steer_a_terminal(void **state)
{
    (void)state;
    need_world();
    const char *folder = make_folder("steer", "train/a train/b 'train/c\x1b[1m'");
    for (int k = 0; k < 30; ++k) {
        char name[64];
        snprintf(name, sizeof name, "train/%s/%d.png", k % 3 == 2 ? "c\x1b[1m" : k % 3 ? "b" : "a", k);
        add_flat(folder, name, 6, 5, 8 * k);
    }
    run(0, "$DARKNET pixelcnn train $CFG $SCRATCH/steer -backup $SCRATCH/steer-b");
    says(r.err, "classes: 0 a, 1 b, 2 c\\x1b[1m");
}

/* A spreadsheet computes what starts with = + - @ or a tab. */
static void a_csv_has_no_formulas(void **state)
{
    (void)state;
    need_world();
    static const char *const folders[] = {"=1+1,\"x\"", "+1", "-1", "@SUM(A1)", "\t=1"};
    static const char *const fields[] = {",\"./=1+1,\"\"x\"\"/x.png\"\n", ",./+1/x.png\n", ",./-1/x.png\n",
                                         ",./@SUM(A1)/x.png\n", ",./\t=1/x.png\n"};
    for (int i = 0; i < 5; ++i) {
        mkdir(scratch(folders[i]), 0777);
        add_flat(scratch(folders[i]), "x.png", 6, 5, 9);
        setenv("FOLDER", folders[i], 1);
        run(0, "D=$(realpath $DARKNET) && cd $SCRATCH && $D pixelcnn score $CFG $WEIGHTS \"$FOLDER\" -label 1");
        says(r.out, fields[i]);
    }
}

TEST_MAIN(cmocka_unit_test(json_is_utf8_whatever_the_name), cmocka_unit_test(names_do_not_steer_a_terminal),
          cmocka_unit_test(class_names_do_not_steer_a_terminal), cmocka_unit_test(a_csv_has_no_formulas))
