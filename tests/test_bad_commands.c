/*
test_bad_commands.c - command lines that must be refused: unknown commands and arguments, missing and wrong
files, output that cannot be written.
*/
#include "tests/refused.h"

/* $LONG: a folder's path of n characters, which does not exist. */
#define LONG(n)                                                                                                        \
    "LONG=$SCRATCH/long; while [ ${#LONG} -lt " #n " ]; do LONG=$LONG/" FIFTY "; done;"                                \
    "LONG=$(printf %." #n "s $LONG | sed 's|/$|x|');"
#define FIFTY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const bad_command commands[] = {
    {"nosuch", "nosuch: unknown command & pixelcnn", 0},
    {"pixelcn train $CFG $DATA", "pixelcn: unknown command", 0},
    {"-nogpu nosuch", "nosuch", 0},
    {"-nosuch", "-nosuch", 0},
    {"pixelcnn nosuch", "unknown command 'nosuch'", 0},
    {"pixelcnn Train $CFG $DATA", "unknown command 'Train'", 0},
    {"pixelcnn ''", "unknown command ''", 0},
    {"pixelcnn train", "missing; usage: & pixelcnn train CFG DATA", 0},
    {"pixelcnn train $CFG", "missing; usage: & pixelcnn train CFG DATA", 0},
    {"pixelcnn eval", "missing; usage: & pixelcnn eval CFG WEIGHTS DATA", 0},
    {"pixelcnn eval $CFG $WEIGHTS", "missing; usage: & pixelcnn eval CFG WEIGHTS DATA", 0},
    {"pixelcnn sample $CFG -out $OUT/x.png", "pixelcnn sample: WEIGHTS is missing & fits & good.cfg", 0},
    {TRAIN " $WEIGHTS extra", "pixelcnn train: one argument too many: 'extra'", 0},
    {EVAL " extra", "pixelcnn eval: one argument too many: 'extra'", 0},
    {EVAL " -json yes", "pixelcnn eval: one argument too many: 'yes'", 0},
    {SAMPLE " extra", "pixelcnn sample: one argument too many: 'extra'", 0},
    {TRAIN " -sede 1", "pixelcnn train: unknown option -sede & -seed", 0},
    {TRAIN " --sede 1", "pixelcnn train: unknown option -sede & -seed", 0},
    {TRAIN " -rows 3", "pixelcnn train: unknown option -rows", 0},
    {EVAL " -seed 1", "pixelcnn eval: unknown option -seed", 0},
    {SAMPLE " -backup x", "pixelcnn sample: unknown option -backup", 0},
    {SAMPLE " -n=x", "pixelcnn sample: -n x: expected an integer", 0},
    /* missing and wrong files */
    {"pixelcnn train nosuch.cfg $DATA -backup $OUT/b", "nosuch.cfg: cannot open: No such file", 0},
    {"pixelcnn eval nosuch.cfg $WEIGHTS $DATA", "nosuch.cfg: cannot open: No such file", 0},
    {"pixelcnn sample nosuch.cfg $WEIGHTS -out $OUT/x.png", "nosuch.cfg: cannot open: No such file", 0},
    {"pixelcnn train '' $DATA -backup $OUT/b", "cannot open: No such file", 0},
    {"pixelcnn train $CFG/x $DATA -backup $OUT/b", "good.cfg/x: cannot open: Not a directory", 0},
    {"pixelcnn train $EMPTY $DATA -backup $OUT/b", "CFG: & empty-folder is a folder, not a cfg", 0},
    {"pixelcnn train /dev/null $DATA -backup $OUT/b", "/dev/null: cannot open: a device, not a file", 0},
    {"pixelcnn train $WEIGHTS $DATA -backup $OUT/b", "CFG: & good_final.weights is weights, not a cfg", 0},
    {TRAIN_BAD, "bad.cfg: NUL at byte 6: not a cfg", "printf '[net]\\n\\0' >$BAD;"},
    {TRAIN_BAD, "bad.cfg: larger than", "head -c 17000000 /dev/zero | tr '\\0' '#' >$BAD;"},
    {TRAIN_BAD, "bad.cfg: larger than", "head -c 17000000 /dev/zero >$BAD;"},
    {TRAIN " $OUT/none", "none: cannot open: No such file", 0},
    {TRAIN " -5", "-5: cannot open: No such file", 0},
    {EVAL, "good_final.weights & 0 bytes", "WEIGHTS=$SCRATCH/x/good_final.weights; mkdir -p $SCRATCH/x; : >$WEIGHTS;"},
    {"pixelcnn eval $CFG $OUT/none $DATA", "none: cannot open: No such file", 0},
    {"pixelcnn eval $CFG $EMPTY $DATA", "WEIGHTS: & empty-folder is a folder, not weights", 0},
    {"pixelcnn eval $CFG /dev/null $DATA", "/dev/null: cannot open: a device, not a file", 0},
    {"pixelcnn eval $CFG $CFG $DATA", "WEIGHTS: & good.cfg is a cfg, not weights", 0},
    {"pixelcnn eval $CFG $DATA $WEIGHTS", "WEIGHTS and DATA are swapped", 0},
    {"pixelcnn sample $CFG $OUT/none -out $OUT/x.png", "none: cannot open: No such file", 0},
    {"pixelcnn sample $CFG $CFG -out $OUT/x.png", "good.cfg is a cfg, not weights", 0},
    {"pixelcnn eval $CFG $WEIGHTS $OUT/none", "none: cannot open: No such file", 0},
    {"pixelcnn eval $CFG $WEIGHTS $EMPTY",
     "empty-folder: no folders of .png or .jpg images & no t10k-images-idx3-ubyte", 0},
    {"pixelcnn eval $CFG $WEIGHTS $CFG", "DATA: & good.cfg is a cfg, not a data set's folder", 0},
    {"pixelcnn eval $CFG $WEIGHTS ''", "cannot open: No such file", 0},
    {"pixelcnn eval $CFG $WEIGHTS $RGB", "t10k-images-idx4-ubyte: images of 3 channels & channels=1", 0},
    {"pixelcnn train $CFG $EMPTY -backup $OUT/b",
     "empty-folder: no folders of .png or .jpg images & no train-images-idx3-ubyte", 0},
    {"pixelcnn train $CFG $FEW -backup $OUT/b", "nine-images: 9 training images; at least 10", 0},
    {TRAIN_BAD, "train-images-idx3-ubyte: images of 1 channel, 6 x 5 & height=7",
     "sed s/height=6/height=7/ $CFG >$BAD;"},
    {TRAIN_BAD, "train-labels-idx1-ubyte: byte & label 2, the cfg has classes=2",
     "sed s/classes=3/classes=2/ $CFG >$BAD;"},
    {"ops nosuch.cfg", "nosuch.cfg: cannot open", 0},
    {"ops /dev/null", "/dev/null: cannot open: a device, not a file", 0},
    {"ops $BAD", "bad.cfg:1: 'batch=1' comes before any section", "printf 'batch=1\\n[net]\\n' >$BAD;"},
    {"ops $BAD", "bad.cfg:2: [nosuch]: unknown layer type", "printf '[net]\\n[nosuch]\\n' >$BAD;"},
    {"ops $BAD", "bad.cfg:16: [gated_vstack] filters=x: ", "sed 's/^filters=4/filters=x/' $CFG >$BAD;"},
    /* places that cannot be written */
    {SAMPLE " -out $OUT/none/x.png",
     "none/x.png: cannot create: No such file & there is no folder & none: make it first", 0},
    {SAMPLE " -out $CFG/x.png", "good.cfg/x.png: cannot create: Not a directory", 0},
    {SAMPLE " -out /proc/x.png", "/proc/x.png: cannot create", 0},
    {SAMPLE " -out ''", "pixelcnn sample: -out", 0},
    {SAMPLE " -out $OUT/$(printf %0300d 0).png", "File name too long", 0},
    {SAMPLE " -n 1024 -scale 8", "x.png: cannot write: File too large", SMALL_DISK},
    {SAMPLE " -n 8100 -scale 64", "x.png: & too large", 0},
    {"pixelcnn train $CFG $DATA -backup $CFG/none/b", "none/b: cannot create the folder: Not a directory", 0},
    {"pixelcnn train $CFG $DATA -backup $CFG", "good.cfg: cannot create the folder: a file has this name", 0},
    {"pixelcnn train $CFG $DATA -backup /proc/none", "/proc/none: cannot create the folder", 0},
    {"pixelcnn train $CFG $DATA -backup /proc", "/proc/.lock: cannot create", 0},
    {"pixelcnn train $CFG $DATA -backup $CFG/b", "good.cfg/b: cannot create the folder: Not a directory", 0},
    {"pixelcnn train $CFG $DATA -backup $CFG", "good.cfg: & folder", 0},
    {"pixelcnn train $CFG $DATA -backup /dev/full", "/dev/full: & folder", 0},
    {"pixelcnn train $CFG $DATA -backup ''", "pixelcnn train: -backup", 0},
    {"pixelcnn train $BAD $DATA -backup $OUT -log $OUT/../bad.csv",
     "6 saves failed, the last one was: & .html: cannot write: File too large",
     "sed s/^size=2/size=1000/ $CFG >$BAD; " SMALL_DISK},
    {TRAIN " -log $OUT/none/x.csv", "none/x.csv: cannot create: No such file", 0},
    {TRAIN " -log dosc/x.csv", "dosc/x.csv: cannot create: & did you mean docs/x.csv?", 0},
    {TRAIN " -log $EMPTY", "empty-folder: cannot create: Is a directory", 0},
    {TRAIN " -log ''", "pixelcnn train: -log", 0},
    {TRAIN " -log /dev/full", "/dev/full: & No space left", 0},
    {EVAL " >/dev/full", "No space left", 0},
    {EVAL " -json >/dev/full", "No space left", 0},
    {SAMPLE " -out $FULL", "/full: ", 0}, // a link, so that a rename to it harms nothing
    /* names too long for a file in a folder whose own name is not */
    {"pixelcnn train $CFG $DATA -backup $LONG", "/.lock: name too long", LONG(4091)},
    {"pixelcnn train $CFG $DATA -backup $LONG", "/good_last.weights: name too long", LONG(4080)},
    {"pixelcnn train $CFG $DATA -backup $LONG", "cannot create the folder: name too long", LONG(4096)},
    {TRAIN " -resume $LONG.state", ": name too long", LONG(4088)},
    /* counts that wrap around */
    {"pixelcnn sample $BAD $OUT/../w/bad_final.weights -n 65536 -label all -out $OUT/x.png",
     "-n 65536: & images, more than",
     "sed 's/^classes=3/classes=65536/;s/^size=2/size=1/' $CFG >$BAD;"
     "$DARKNET pixelcnn train $BAD $DATA -backup $OUT/../w 2>/dev/null;"},
};

static void commands_are_refused(void **state)
{
    (void)state;
    run_bad_commands(commands, COUNT(commands));
}

TEST_MAIN(cmocka_unit_test(commands_are_refused))
