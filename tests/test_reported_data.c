/*
test_reported_data.c - regression tests of reported bugs: data sets and names.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/formats.h"
#include "tests/refused.h"

static run_result r;

/* A command that must end with that status. */
static void run(int status, const char *command) { run_to_status(&r, status, command); }

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
    must_hold(r.out, "loose/\\u001b]0;t\\u0007\\ufffd\xc3\xa9.png\"}");
    says_not(r.out, "\xff");
    run(0, "$DARKNET pixelcnn sample $CFG $WEIGHTS -label 1 -n 1 -json -out $SCRATCH/\xe2\x82.png");
    must_hold(r.out, "/\\ufffd\\ufffd.png\"");
    run(0, "$DARKNET pixelcnn train $CFG $DATA -json -backup $SCRATCH/b\xed\xa0\x80");
    must_hold(r.out, "/b\\ufffd\\ufffd\\ufffd/good_final.weights\"");
}

static void names_do_not_steer_a_terminal(void **state)
{
    (void)state;
    need_evil_name();
    run(1, "$DARKNET pixelcnn sample \"$SCRATCH/$(printf '\\033[2J\\302\\233\\342\\200\\256').cfg\" x");
    must_hold(r.err, "/\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae.cfg: cannot open");
    says_not(r.err, "\x1b");
    run_command(&r, "command -v script");
    if (r.status) skip();
    run(0, "script -qec '$DARKNET pixelcnn score $CFG $WEIGHTS $LOOSE -label 1' /dev/null");
    must_hold(r.out, "loose/\\x1b]0;t\\x07\\xff\xc3\xa9.png");
    says_not(r.out, "\x1b]0");
    run(0, "$DARKNET pixelcnn score $CFG $WEIGHTS $LOOSE -label 1");
    must_hold(r.out, "loose/" EVIL); // to a file the name itself
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
    must_hold(r.err, "classes: 0 a, 1 b, 2 c\\x1b[1m");
}

/* A state names the cfg that it was trained with: what is in a file is shown as a name is. */
static void a_path_in_a_state_does_not_steer_a_terminal(void **state)
{
    (void)state;
    need_world();
    run(0, "D=\"$SCRATCH/$(printf '\\033[2J')\" && mkdir \"$D\" && cp $CFG \"$D/good.cfg\" && $DARKNET pixelcnn train "
           "\"$D/good.cfg\" $DATA -backup $SCRATCH/moved");
    run(0, "sed -i s/max_batches=1/max_batches=2/ $CFG && $DARKNET pixelcnn train $CFG $DATA -backup $SCRATCH/moved "
           "-resume $SCRATCH/moved/good_last.state; sed -i s/max_batches=2/max_batches=1/ $CFG");
    must_hold(r.err, "its cfg was & /\\x1b[2J/good.cfg");
    says_not(r.err, "\x1b[2J");
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
        must_hold(r.out, fields[i]);
    }
}

/* ---- folders of classes ---- */

/* $ZOO: folders of pictures, each with images of its own brightness in train/ and test/; $ZOO_CFG has that
   number of classes. */
static void make_zoo(const char *const *classes, int n, int in_cfg)
{
    char name[128];
    need_world();
    shell("rm -rf $SCRATCH/zoo");
    const char *folder = make_folder("zoo", "train test");
    for (int k = 0; k < n; ++k)
        for (int i = 0; i < 12; ++i) {
            snprintf(name, sizeof name, "%s/%s", i < 10 ? "train" : "test", classes[k]);
            mkdir(in(folder, name), 0777);
            snprintf(name, sizeof name, "%s/%s/%d.png", i < 10 ? "train" : "test", classes[k], i);
            add_flat(folder, name, 6, 5, 20 * k);
        }
    setenv("ZOO", folder, 1);
    snprintf(name, sizeof name, "sed 's/^classes=.*/classes=%d/' $CFG >$SCRATCH/zoo.cfg", in_cfg);
    shell(name);
    setenv("ZOO_CFG", scratch("zoo.cfg"), 1);
}

#define TRAIN_ZOO "$DARKNET pixelcnn train $ZOO_CFG $ZOO -clear -backup $SCRATCH/zoo-b"

static void folders_with_numbers_sort_as_numbers(void **state)
{
    (void)state;
    static const char *const classes[] = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"};
    make_zoo(classes, 12, 12);
    run(0, TRAIN_ZOO);
    must_hold(r.err, "classes: 0 1, 1 2, 2 3, 3 4, 4 5, 5 6, 6 7, 7 8, 8 9, 9 10, 10 11, 11 12\n & 2 before 10");
    static const char *const mixed[] = {"a2b1", "a2b10", "a02b2", "a10", "b1"}; // a2b1 a02b2 a2b10 a10 b1
    make_zoo(mixed, 5, 5);
    run(0, TRAIN_ZOO);
    must_hold(r.err, "classes: 0 a2b1, 1 a02b2, 2 a2b10, 3 a10, 4 b1\n");
}

static void the_list_of_classes_is_whole(void **state)
{
    (void)state;
    static char names[26][8];
    const char *classes[26];
    for (int k = 0; k < 26; ++k) {
        snprintf(names[k], sizeof names[k], "c%c", 'a' + k);
        classes[k] = names[k];
    }
    make_zoo(classes, 12, 26);
    run(1, TRAIN_ZOO);
    must_hold(r.err,
              "12 sub-folders with images: ca, cb, cc, cd, ce, cf, cg, ch, ci, cj, ck, cl, the cfg has classes=26");
    make_zoo(classes, 26, 26);
    run(0, TRAIN_ZOO);
    must_hold(r.err, " 20 cu, 21 cv, 22 cw, 23 cx, 24 cy, 25 cz\n");
}

static void folders_without_images_are_no_classes(void **state)
{
    (void)state;
    static const char *const classes[] = {"circle", "cross"};
    make_zoo(classes, 2, 2);
    shell("mkdir -p $ZOO/train/__MACOSX/circle $ZOO/train/empty $ZOO/test/.hidden $ZOO/__MACOSX/train $ZOO/notes");
    shell("cp $ZOO/train/circle/0.png $ZOO/train/__MACOSX/circle/._0.png; echo x >$ZOO/train/empty/a.webp");
    run(0, TRAIN_ZOO);
    must_hold(r.err,
              "classes: 0 circle, 1 cross\n & zoo/train: not classes, as they contain no .png, .jpg or .jpeg: empty\n");
    run(0, "$DARKNET pixelcnn eval $ZOO_CFG $SCRATCH/zoo-b/zoo_final.weights $ZOO");
    must_hold(r.out, "images 4\n");
    make_zoo(classes, 2, 3);
    shell("mkdir $ZOO/train/empty $ZOO/test/empty");
    run(1, TRAIN_ZOO);
    must_hold(r.err,
              "2 sub-folders with images: circle, cross, the cfg has classes=3 & without .png, .jpg or .jpeg: empty\n");
}

static void classes_without_a_training_image_are_named(void **state)
{
    (void)state;
    static const char *const classes[] = {"a", "b", "c"};
    make_zoo(classes, 3, 3);
    shell("rm $ZOO/train/b/*.png");
    run(0, TRAIN_ZOO);
    must_hold(r.err, "classes: 0 a, 1 b, 2 c\n & zoo: no training image of class 1: samples of it will be noise\n");
    shell("sed -i 's/^classes=.*/classes=7/' $ZOO_CFG");
    run(0, "$DARKNET pixelcnn train $ZOO_CFG $DATA -clear -backup $SCRATCH/zoo-b");
    must_hold(r.err, "data: no training image of class 3, 4, 5, 6: samples of them will be noise\n");
}

static void files_that_are_no_pictures_are_skipped(void **state)
{
    (void)state;
    static const char *const classes[] = {"a", "b"};
    make_zoo(classes, 2, 2);
    shell("echo x >$ZOO/train/a/Thumbs.db; echo x >$ZOO/train/b/c.webp; echo x >$ZOO/train/a/.DS_Store; ln -s no "
          "$ZOO/train/b/x");
    shell("echo x >$ZOO/train/desktop.ini; echo x >$ZOO/README.txt");
    run(0, TRAIN_ZOO);
    must_hold(r.err, "zoo/train: skipped 4 files that are not .png, .jpg or .jpeg, the first: & /desktop.ini\n");
    run(0, "$DARKNET pixelcnn score $ZOO_CFG $SCRATCH/zoo-b/zoo_final.weights $ZOO/train/b -label 1 -json");
    must_hold(r.err, "/b: skipped 2 files that are not");
    run(0, "mv $ZOO/train/* $ZOO; rm -r $ZOO/train $ZOO/test; " TRAIN_ZOO);
    must_hold(r.err, "zoo: skipped 5 files");
}

static void identical_images_are_reported(void **state)
{
    (void)state;
    static const char *const classes[] = {"a"};
    make_zoo(classes, 1, 1);
    run(0, TRAIN_ZOO);
    must_hold(r.err, "zoo: all 10 images are identical at levels=4: there is nothing to learn\n");
    add_flat(getenv("ZOO"), "train/a/0.png", 6, 5, 64);
    run(0, TRAIN_ZOO);
    says_not(r.err, "are identical");
}

TEST_MAIN(cmocka_unit_test(json_is_utf8_whatever_the_name), cmocka_unit_test(names_do_not_steer_a_terminal),
          cmocka_unit_test(class_names_do_not_steer_a_terminal),
          cmocka_unit_test(a_path_in_a_state_does_not_steer_a_terminal), cmocka_unit_test(a_csv_has_no_formulas),
          cmocka_unit_test(folders_with_numbers_sort_as_numbers), cmocka_unit_test(the_list_of_classes_is_whole),
          cmocka_unit_test(folders_without_images_are_no_classes),
          cmocka_unit_test(classes_without_a_training_image_are_named),
          cmocka_unit_test(files_that_are_no_pictures_are_skipped), cmocka_unit_test(identical_images_are_reported))
