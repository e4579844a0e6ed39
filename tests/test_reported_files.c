/*
test_reported_files.c - regression tests of reported bugs: files that are lost, overwritten or left behind.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/training.h"

static run_result r;
static char folder[256];

/* A folder with a trained net, made once. */
static const char *trained(void)
{
    static char path[256];
    if (path[0]) return path;
    strcpy(path, fresh_folder("trained"));
    resume_training(&r, path, "");
    assert_int_equal(r.status, 0);
    return path;
}

/* Runs a shell line with F the fresh folder, T the trained one, CFG, DATA, SAMPLE a command but for its -out,
   TRAIN one but for -backup. */
static void shell(const char *line)
{
    run_command(
        &r,
        "F=%s T=%s CFG=%s DATA=%s; D='%s'; W=$T/tiny_final.weights; SAMPLE=\"$D pixelcnn sample $CFG $W -n 4\"; "
        "TRAIN=\"$D pixelcnn train $CFG $DATA\"; mkdir -p $F; %s",
        folder, trained(), tiny_cfg(), tiny_data(), darknet(), line);
}

static void expect(const char *name, const char *line, int status, const char *says)
{
    strcpy(folder, fresh_folder(name));
    trained();
    shell(line);
    if (r.status != status || !strstr(r.err, says))
        fail_msg("%s\nexpected %d: %s\n     got %d: %s", line, status, says, r.status, r.err);
}

static void outputs_do_not_overwrite_inputs(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"cp $W $F/w; $D pixelcnn sample $CFG $F/w -out $F/w", "-out & would overwrite WEIGHTS"},
        {"cp $W $F/w; ln $F/w $F/x; $D pixelcnn sample $CFG $F/w -out $F/x", "-out & would overwrite WEIGHTS"},
        {"cp $W $F/w; ln -s w $F/x; $D pixelcnn sample $CFG $F/w -gif $F/x", "-gif & would overwrite WEIGHTS"},
        {"cp $CFG $F/c; $D pixelcnn sample $F/c $W -out $F/../${F##*/}/./c", "-out & would overwrite CFG"},
        {"$SAMPLE -out $F/x -gif $F/./x", "is the same file as that of -out"},
        {"ln -s x $F/y; $SAMPLE -out $F/x -gif $F/y", "is the same file as that of -out"},
        {"cp $CFG $F/c; $D pixelcnn check $F/c -limit 1 -out $F/c", "-out & would overwrite CFG"},
        {"cp $CFG $F/c; $D pixelcnn classify $F/c $W $DATA -limit 1 -csv $F/c", "-csv & would overwrite CFG"},
        {"cp $W $F/w; $D pixelcnn classify $CFG $W $DATA $CFG $F/w -limit 1 -csv $F/w", "-csv & would overwrite & w;"},
        {"$D pixelcnn score $CFG $W $DATA -limit 1 -csv $F/x -sheet $F/x", "is the same file as that of -csv"},
        {"cp $W $F/w; $D pixelcnn score $CFG $F/w $DATA -limit 1 -sheet $F/w", "-sheet & would overwrite WEIGHTS"},
        {"cp -r $DATA $F/d; $D pixelcnn score $CFG $W $F/d -limit 1 -csv $F/d/t10k-labels-idx1-ubyte",
         "would overwrite a file in the folder"},
        {"$SAMPLE -n 1 -out $F/m.png >$F/o; $D pixelcnn complete $CFG $W $DATA -mask $F/m.png -out $F/m.png",
         "the mask"},
        {"$SAMPLE -n 1 -out $F/m.png >$F/o; $D pixelcnn complete $CFG $W $F/m.png -gif $F/m.png",
         "would overwrite & m.png;"},
        {"cp $CFG $F/c.cfg; $D pixelcnn train $F/c.cfg $DATA -backup $F -log $F/c.cfg", "-log & would overwrite CFG"},
        {"cp $W $F/w; $TRAIN $F/w -backup $F -log $F/w", "-log & would overwrite WEIGHTS"},
        {"$TRAIN -backup $F -log $F/tiny_last.weights", "-log & would overwrite"},
        {"echo mine >$F/notes; $TRAIN -backup $F -log $F/notes", "notes: exists and is not the log"},
        {"echo mine >$F/tiny.csv; $TRAIN -backup $F", "tiny.csv: exists and is not the log"},
        {"$TRAIN -backup $F -report $F -log $F/index.html", "-report & is the same file as that of -log"},
    };
    static run_result sums;
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); ++i) {
        char line[2048], parts[128];
        strcpy(folder, fresh_folder("inputs"));
        trained();
        const char *last = strrchr(cases[i].line, ';'); // what comes before prepares
        snprintf(line, sizeof line,
                 "%.*s; find $F -type f ! -name .lock | sort | xargs -r cat | md5sum >$F.a; %s; s=$?; "
                 "find $F -type f ! -name .lock | sort | xargs -r cat | md5sum >$F.b; exit $s",
                 last ? (int)(last - cases[i].line) : 1, last ? cases[i].line : ":", last ? last + 1 : cases[i].line);
        shell(line);
        snprintf(parts, sizeof parts, "%s", cases[i].says);
        int held = r.status == 1;
        for (char *part = strtok(parts, "&"); part; part = strtok(0, "&"))
            held = held && strstr(r.err, part + (*part == ' '));
        run_command(&sums, "cmp %s.a %s.b", folder, folder);
        if (!held || sums.status)
            fail_msg("%s\nexpected %s\n     got %d: %s%s", cases[i].line, cases[i].says, r.status, r.err,
                     sums.status ? "\nsomething was overwritten" : "");
    }
}

/* A folder on another file system, or NULL. */
static const char *elsewhere(void)
{
    static char path[64] = "/dev/shm/pixelcnn-test.XXXXXX";
    struct stat a, b;
    if (stat("/dev/shm", &a) || stat("/tmp", &b) || a.st_dev == b.st_dev || !mkdtemp(path)) return 0;
    return path;
}

static void links_lead_to_other_file_systems(void **state)
{
    (void)state;
    const char *other = elsewhere();
    if (!other) skip();
    char line[1024];
    snprintf(line, sizeof line,
             "O=%s; echo old >$O/w; ln -s $O/w $F/tiny_final.weights; ln -s $O/none $F/x.png; ln -s $O/l "
             "$F/tiny_last.weights; "
             "$TRAIN -save_every 2 -eval_every 6 -backup $F && $SAMPLE -out $F/x.png && test -L $F/tiny_final.weights "
             "&& cmp "
             "$O/w $W && test -L $F/x.png && test -s $O/none; s=$?; ls -A $O; rm -r $O; exit $s",
             other);
    expect("linked", line, 0, "");
    assert_null(strstr(r.out, ".tmp."));
}

static void a_link_that_dangles_names_the_file(void **state)
{
    (void)state;
    expect("dangling",
           "mkdir $F/a; ln -s a/b.png $F/x.png; $SAMPLE -out $F/x.png && test -L $F/x.png && test -s $F/a/b.png", 0,
           "");
    expect("loop", "ln -s y $F/x; ln -s x $F/y; $SAMPLE -out $F/x", 1, "Too many levels");
}

/* What cannot be made is not printed as if it were. */
static void a_missing_result_is_not_printed(void **state)
{
    (void)state;
    need_preload();
    expect("unsaved",
           "FAULT='rename 1 28 0' LD_PRELOAD=build/cpu/tests/faults.so $TRAIN -backup $F; s=$?; ls $F/*.tmp.* 2>&1; "
           "exit $s",
           1, "saves failed");
    assert_null(strstr(r.out, "tiny_final.weights\n"));
}

static void a_mode_stays(void **state)
{
    (void)state;
    expect("mode",
           "umask 022; for f in x.png x.gif; do touch $F/$f; chmod 600 $F/$f; done; $SAMPLE -out $F/x.png -gif "
           "$F/x.gif >$F/o; "
           "$TRAIN -backup $F >$F/o 2>$F/o; chmod 600 $F/tiny*; $TRAIN -clear -backup $F >$F/o 2>$F/o; stat -c '%a %n' "
           "$F/* "
           "| grep -v ^600; true",
           0, "");
    char *line = strtok(r.out, "\n"); // these are new, or were not asked to be kept secret
    for (; line; line = strtok(0, "\n"))
        if (!strstr(line, "chart.png") && !strstr(line, "/o") && !strstr(line, "_previous.")) fail_msg("%s", line);
}

/* A name that can be guessed, and a link there to a file of somebody. */
static void temporary_names_are_not_followed(void **state)
{
    (void)state;
    expect("guessed",
           "echo mine >$F/victim; sh -c 'ln -s victim '$F'/x.png.tmp.$$; exec '\"env $SAMPLE\"' -out '$F/x.png >$F/o "
           "&& grep -q mine $F/victim",
           0, "");
}

static void only_own_leftovers_are_removed(void **state)
{
    (void)state;
    expect("leftovers",
           "cd $F; touch holiday.png.tmp.jpg other_last.weights.tmp.7 tiny_last.weights.tmp.old tiny.png.tmp.7 "
           "a_previous.b.link tiny_last.weights.tmp.0123456789abcdef tiny_00000005.png.tmp.7 chart.png.tmp.12 "
           "index.html.tmp.9 tiny.csv.tmp.fedcba9876543210; cd $OLDPWD; $TRAIN -backup $F -report $F; cd $F; ls "
           "*.tmp.* *.link",
           0, "");
    assert_string_equal(r.out + strcspn(r.out, "\n") + 1,
                        "a_previous.b.link\nholiday.png.tmp.jpg\nother_last.weights.tmp.7\n"
                        "tiny.png.tmp.7\ntiny_last.weights.tmp.old\n");
}

/* Another training ends, and removes .lock, between this one's open and its flock. */
static void a_lock_that_was_removed_is_taken_again(void **state)
{
    (void)state;
    need_preload();
    expect("race", "FAULT='flock 1 1 1' LD_PRELOAD=build/cpu/tests/faults.so $TRAIN -backup $F; test -e $F/.lock", 0,
           "");
}

static void pipes_and_devices_are_written_directly(void **state)
{
    (void)state;
    expect("plain",
           "mkfifo $F/p; timeout 5 cat $F/p >$F/got & $SAMPLE -out $F/p >$F/o; wait; $SAMPLE -out $F/x.png >$F/o; cmp "
           "$F/got "
           "$F/x.png && "
           "test -p $F/p && $SAMPLE -out /dev/null -gif /dev/null",
           0, "");
}

/* Before anything is read: neither cfg nor data are what they should be. */
static void unwritable_outputs_are_found_first(void **state)
{
    (void)state;
    write_text(scratch("none.cfg"), "nothing");
    mkdir(scratch("none.cfg.d"), 0777);
    setenv("N", scratch("none.cfg"), 1);
    static const char *const lines[] = {
        "$D pixelcnn sample $N $W -out $F/n/x.png",
        "$D pixelcnn sample $N $W -out $F/x.png -gif $F/n/x.gif",
        "$D pixelcnn complete $N $W $DATA -out $F/n/x.png",
        "$D pixelcnn score $N $W $DATA -sheet $F/n/x.png",
        "$D pixelcnn score $N $W $DATA -csv $F/n/x.csv",
        "$D pixelcnn classify $N $W $DATA -csv $F/n/x.csv",
        "$D pixelcnn check $N -out $F/n/x.png",
    };
    for (int i = 0; i < (int)(sizeof lines / sizeof *lines); ++i) expect("first", lines[i], 1, "/n/x.");
    expect("first", "$D pixelcnn train $CFG $N.d -backup $F -log $F/n/x.csv", 1, "/n/x.csv");
    expect("first", "mkdir $F/tiny_final.weights; $D pixelcnn train $CFG $N.d -backup $F", 1, "tiny_final.weights: ");
    expect("first", "mkdir $F/index.html; $D pixelcnn train $CFG $N.d -backup $F -report $F", 1, "index.html: ");
}

TEST_MAIN(cmocka_unit_test(outputs_do_not_overwrite_inputs), cmocka_unit_test(links_lead_to_other_file_systems),
          cmocka_unit_test(a_link_that_dangles_names_the_file), cmocka_unit_test(a_missing_result_is_not_printed),
          cmocka_unit_test(a_mode_stays), cmocka_unit_test(temporary_names_are_not_followed),
          cmocka_unit_test(only_own_leftovers_are_removed), cmocka_unit_test(a_lock_that_was_removed_is_taken_again),
          cmocka_unit_test(pipes_and_devices_are_written_directly),
          cmocka_unit_test(unwritable_outputs_are_found_first))
