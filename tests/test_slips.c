/*
test_slips.c - what is said to command lines with a slip in them: one line that names what was meant, or what
to write.
*/
#include <stdlib.h>
#include <string.h>
#include "base/similar.h"
#include "tests/refused.h"

#define FASHION "cfg/fashion.cfg & weights/fashion.weights"

static const struct {
    const char *arguments, *says;
} slips[] = {
    /* commands */
    {"smaple", "smaple: unknown command; did you mean $DARKNET pixelcnn sample?"},
    {"sample -label 3", "sample: unknown command; did you mean $DARKNET pixelcnn sample?"},
    {"pixelcn train $CFG $DATA", "pixelcn: unknown command; did you mean pixelcnn?"},
    {"clasify", "clasify: unknown command; did you mean $DARKNET pixelcnn classify?"},
    {"pixelcnn tarin $CFG $DATA", "pixelcnn: unknown command 'tarin'; did you mean train?"},
    {"pixelcnn Train $CFG $DATA", "pixelcnn: unknown command 'Train'; did you mean train?"},
    {"pixelcnn convrt $DATA x", "pixelcnn: unknown command 'convrt'; did you mean convert?"},
    {"pixelcnn compres $CFG $DATA", "pixelcnn: unknown command 'compres'; did you mean compress?"},
    {"pixelcnn help smaple", "pixelcnn: unknown command 'smaple'; did you mean sample?"},
    /* options and their values */
    {"pixelcnn train $CFG $DATA -sede 1", "unknown option -sede; did you mean -seed? (-help shows all)"},
    {"pixelcnn sample $CFG $WEIGHTS --temperature=2", "unknown option -temperature; did you mean -temp?"},
    {"pixelcnn train $CFG $DATA -rows 3",
     "unknown option -rows (an option of: complete); options are: -backup & -json"},
    {"pixelcnn bench $CFG -only trainning", "-only trainning: expected training|sampling; did you mean training?"},
    {"pixelcnn train $CFG $DATA -resume atuo", "-resume atuo: expected auto|none|FILE; did you mean auto?"},
    {"pixelcnn sample $CFG $WEIGHTS -out -json", "-out needs a value & the option -json follows"},
    {"pixelcnn sample $CFG $WEIGHTS -n=three", "-n three: expected an integer from 0"},
    {"pixelcnn eval $CFG $WEIGHTS $DATA -json=yes", "-json=yes: -json takes no value"},
    {"pixelcnn train $CFG $DATA -secs 1", "unknown option -secs; did you mean -seconds?"},
    {"pixelcnn sample fashion label 3", "one argument too many: 'label'; did you mean -label?"},
    /* spaces */
    {"pixelcnn train $CFG $SCRATCH/two words", "a path with spaces needs quotes: '/ & two words'"},
    {"pixelcnn new $SCRATCH/two words -seconds 1", "a path with spaces needs quotes: '/ & two words'"},
    {"pixelcnn new $SCRATCH/three words",
     "one argument too many: 'words'; expected: DATA (a name with spaces needs quotes)"},
    {"pixelcnn train \"$SCRATCH/two words\" cfg/fashion.cfg",
     "CFG and DATA are swapped; write: & train cfg/fashion.cfg '/ & two words'"},
    {"pixelcnn train \"$SCRATCH/two words\"", "CFG is missing; to write one for the data: & new '/ & two words'"},
    /* arguments that are missing */
    {"pixelcnn sample $DATA", "CFG: & data is a folder, not a cfg"},
    {"pixelcnn sample cfg/fashion.cfg", "WEIGHTS is missing; weights/fashion.weights fits; write: & sample " FASHION},
    {"pixelcnn eval cfg/fashion.cfg $DATA",
     "WEIGHTS is missing; weights/fashion.weights fits; write: & eval " FASHION " & data"},
    {"pixelcnn sample weights/fashion.weights", "CFG is missing; cfg/fashion.cfg fits; write: & sample " FASHION},
    {"pixelcnn sample cfg/blog_4way.cfg", "none in weights/ or backup/ fits cfg/blog_4way.cfg; to train: & train"},
    {"pixelcnn eval $CFG $WEIGHTS", "DATA is missing; usage: & eval CFG WEIGHTS DATA"},
    {"pixelcnn convert $DATA", "DIR is missing; usage: & convert DATA DIR"},
    {"pixelcnn convert $CFG x", "is a cfg, not a data set's folder"},
    {"pixelcnn train", "CFG and DATA are missing; usage: & train CFG DATA [WEIGHTS]"},
    {"pixelcnn sample 3", "3: cannot open: No such file or directory; did you mean -label 3?"},
    /* arguments in each other's place */
    {"pixelcnn decompress $CFG docs/hole.png $WEIGHTS", "docs/hole.png is a picture, not weights"},
    {"pixelcnn decompress $CFG $WEIGHTS docs/hole.png", "docs/hole.png is a picture, not compressed images"},
    {"pixelcnn decompress cfg/fashion.cfg weights/fashion.weights", "FILE.gpc is missing; usage: & FILE.gpc"},
    {"pixelcnn train $DATA cfg/fashion.cfg", "CFG and DATA are swapped; write: & train cfg/fashion.cfg & data"},
    {"pixelcnn eval $WEIGHTS $CFG $DATA", "CFG and WEIGHTS are swapped; write: & eval & good.cfg & good_final.weights"},
    {"pixelcnn eval $CFG $DATA $WEIGHTS", "WEIGHTS and DATA are swapped; write: & good_final.weights & data"},
    {"pixelcnn eval $DATA cfg/fashion.cfg", "WEIGHTS is missing; weights/fashion.weights fits; write: & eval " FASHION},
    {"pixelcnn eval cfg/fashion.cfg $CFG $DATA", "good.cfg is a cfg, not weights; weights/fashion.weights fits"},
    {"pixelcnn train $CFG $DATA $SCRATCH/good_last.state",
     "is the state of a training run, not weights; write: -resume & state"},
    {"pixelcnn train $CFG $DATA/train-images-idx3-ubyte", "is a file; expected its folder: & data"},
    {"pixelcnn train $CFG README.md", "README.md is a file, not a data set's folder"},
    {"pixelcnn train $CFG docs/hole.png", "docs/hole.png is a picture, not a data set's folder"},
    /* names */
    {"pixelcnn sample fashon", "fashon: cannot open: No such file or directory; did you mean fashion?"},
    {"pixelcnn classify $CFG $WEIGHTS $DATA fashon",
     "fashon: cannot open: No such file or directory; did you mean fashion?"},
    {"pixelcnn score $CFG $WEIGHTS $DATA -against fashon",
     "fashon: cannot open: No such file or directory; did you mean fashion?"},
    {"pixelcnn score $CFG $WEIGHTS -against fashon $DATA",
     "fashon: cannot open: No such file or directory; did you mean fashion?"},
    {"pixelcnn score $CFG $WEIGHTS $DATA -against nosuch",
     "no net of this name ships; & pixelcnn nets lists those that do"},
    {"pixelcnn score $CFG $WEIGHTS $DATA -against fashion weights/fashon.weights",
     "did you mean weights/fashion.weights?"},
    {"pixelcnn score $CFG $WEIGHTS $DATA -against cfg/fashion.cfg",
     "-against: WEIGHTS is missing; weights/fashion.weights fits; write: -against " FASHION},
    {"pixelcnn score $CFG $WEIGHTS $DATA -against weights/fashion.weights",
     "-against: CFG is missing; cfg/fashion.cfg fits; write: -against " FASHION},
    {"pixelcnn score $CFG $WEIGHTS $DATA -against cifar10",
     "-against: WEIGHTS is missing; none & fits cfg/cifar10.cfg; to train: & train cfg/cifar10.cfg DATA"},
    {"pixelcnn score $CFG $WEIGHTS $DATA -against weights/fashion.weights cfg/fashion.cfg",
     "-against: CFG and WEIGHTS are swapped; write: -against cfg/fashion.cfg weights/fashion.weights"},
    {"pixelcnn score $CFG $WEIGHTS -against cfg/fashion.cfg $DATA",
     "-against: WEIGHTS: & data is a folder, not weights; weights/fashion.weights fits"},
    {"pixelcnn score $CFG $WEIGHTS $DATA -against docs/hole.png weights/fashion.weights",
     "-against: CFG: docs/hole.png is a picture, not a cfg"},
    {"pixelcnn sample nosuch", "no net of this name ships; & pixelcnn nets lists those that do"},
    {"pixelcnn train cfg/fashon.cfg $DATA", "did you mean cfg/fashion.cfg?"},
    {"pixelcnn eval fashion weights/fashon.weights $DATA", "did you mean weights/fashion.weights?"},
    {"pixelcnn train $CFG $SCRATCH/daat", "daat: cannot open: No such file or directory; did you mean & data?"},
    {"pixelcnn complete $CFG $WEIGHTS docs/hoel.png", "did you mean docs/hole.png?"},
    {"pixelcnn complete $CFG $WEIGHTS $DATA -mask doc/hole.png", "did you mean docs/hole.png?"},
    {"pixelcnn sample $CFG $WEIGHTS -out dosc/x.png", "dosc/x.png: cannot create: & did you mean docs/x.png?"},
    {"pixelcnn score $CFG $WEIGHTS $DATA -csv dosc/dev/x.csv", "cannot create: & did you mean docs/dev/x.csv?"},
    {"pixelcnn train $CFG $SCRATCH/mnist", "; to fetch that data set: scripts/get_mnist.sh & mnist"},
};

/* Puts the program's name in place of $DARKNET. */
static const char *expected(const char *says)
{
    static char text[512];
    const char *name = strstr(says, "$DARKNET");
    if (!name) return says;
    snprintf(text, sizeof text, "%.*s%s%s", (int)(name - says), says, path_of("DARKNET"), name + strlen("$DARKNET"));
    return text;
}

static void each_slip_is_answered_in_one_line(void **state)
{
    (void)state;
    static run_result r;
    need_world();
    run_command(&r, "mkdir \"$SCRATCH/two words\"");
    for (int i = 0; i < COUNT(slips); ++i) {
        run_command(&r, "$DARKNET %s", slips[i].arguments);
        print_message("%s\n    %s", slips[i].arguments, r.err);
        must_hold(r.err, expected(slips[i].says));
        assert_int_equal(r.status, 1);
        assert_string_equal(r.out, "");
        assert_ptr_equal(strchr(r.err, '\n'), r.err + strlen(r.err) - 1);
        if (strstr(r.err, "MNIST") || (strstr(r.err, "mnist") && !strstr(slips[i].arguments, "mnist")))
            fail_msg("offers MNIST: %s", r.err);
    }
}

/* Where `new` suggests to train. */
static void weights_are_found_in_a_folder_of_their_own(void **state)
{
    (void)state;
    static run_result r;
    need_world();
    run_command(&r, "mkdir -p $SCRATCH/backup/good; cp $WEIGHTS $SCRATCH/backup/good/good_best.weights");
    run_command(&r, "d=$(realpath $DARKNET); cd $SCRATCH; $d pixelcnn sample good.cfg");
    must_hold(r.err, "backup/good/good_best.weights fits; write: & sample good.cfg backup/good/good_best.weights");
    run_command(&r, "d=$(realpath $DARKNET); cd $SCRATCH; cp backup/good/good_best.weights backup/good_final.weights; "
                    "$d pixelcnn sample good.cfg");
    must_hold(r.err, "sample good.cfg backup/good_final.weights");
}

static void distances_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int distance;
    } pairs[] = {{"seed", "seed", 0},     {"seed", "SEED", 0},  {"seed", "sede", 1},     {"seed", "see", 1},
                 {"seed", "seeds", 1},    {"seed", "sead", 1},  {"ca", "abc", 3},        {"", "abc", 3},
                 {"sample", "smpale", 2}, {"eval", "train", 4}, {"kitten", "sitting", 3}};
    for (int i = 0; i < COUNT(pairs); ++i) {
        assert_int_equal(edit_distance(pairs[i].a, pairs[i].b), pairs[i].distance);
        assert_int_equal(edit_distance(pairs[i].b, pairs[i].a), pairs[i].distance);
    }
    char lengthy[300];
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = 0;
    assert_true(edit_distance(lengthy, "x") >= 64);
    static const char *const words[] = {"temp", "height", "width"};
    assert_string_equal(most_similar("temperature", words, 3), "temp");
    assert_string_equal(most_similar("Hieght", words, 3), "height");
    static const char *const options[] = {"seed", "backup", "seconds", "limit"};
    assert_string_equal(most_similar("secs", options, 4), "seconds");
    assert_string_equal(most_similar("bckup", options, 4), "backup");
    assert_null(most_similar("scs", options, 4));
    assert_null(most_similar("nds", options, 4));
    assert_null(most_similar("n", words, 3));
    assert_null(most_similar("label", words, 3));
    assert_null(most_similar("", words, 3));
}

static void path_is_like(const char *path, const char *suffix, const char *expected)
{
    char *found = similar_path(path, suffix);
    const char *got = found ? found : "none";
    if (strcmp(got, expected)) fail_msg("%s: %s, expected %s", path, got, expected);
    free(found);
}

static void paths_are_corrected_part_by_part(void **state)
{
    (void)state;
    path_is_like("cfgs/fashion.cfg", ".cfg", "cfg/fashion.cfg");
    path_is_like("cgf/fashoin.cfg", ".cfg", "cfg/fashion.cfg");
    path_is_like("cfg/fashion", ".cfg", "cfg/fashion.cfg");
    path_is_like("cfg/fashion", ".weights", "none");
    path_is_like("./tets/", "/", "./tests");
    path_is_like("tests/cueum/REDME.md", "", "tests/cuemu/README.md");
    path_is_like("nothing/like/it", "", "none");
    path_is_like("", "", "none");
    path_is_like("/", ".cfg", "none");
    path_is_like("/tpm", "/", "/tmp");
}

TEST_MAIN(cmocka_unit_test(each_slip_is_answered_in_one_line),
          cmocka_unit_test(weights_are_found_in_a_folder_of_their_own), cmocka_unit_test(distances_are_counted),
          cmocka_unit_test(paths_are_corrected_part_by_part))
