/*
test_bad_use.c - what complete, score, classify and sample -gif must refuse.
*/
#include "tests/refused.h"

#define COMPLETE "pixelcnn complete $CFG $WEIGHTS $DATA -out $OUT/x.png"
#define SCORE "pixelcnn score $CFG $WEIGHTS $DATA -csv $OUT/x.csv"
#define CLASSIFY "pixelcnn classify $CFG $WEIGHTS $DATA"
/* Draws the picture that a case takes for an image or mask of the net's size. */
#define PICTURE "$DARKNET pixelcnn sample $CFG $WEIGHTS -n 1 -scale 1 -out $SCRATCH/p.png >/dev/null 2>&1;"

static const bad_command commands[] = {
    {"pixelcnn complete", "missing; usage: & pixelcnn complete CFG WEIGHTS DATA|IMAGES", 0},
    {"pixelcnn complete $CFG $WEIGHTS", "missing; usage: & pixelcnn complete CFG WEIGHTS DATA|IMAGES", 0},
    {"pixelcnn score $CFG $WEIGHTS", "missing; usage: & pixelcnn score CFG WEIGHTS DATA|IMAGES", 0},
    {"pixelcnn classify $CFG $WEIGHTS", "missing; usage: & pixelcnn classify CFG WEIGHTS DATA", 0},
    {COMPLETE " extra", "pixelcnn complete: one argument too many: 'extra'", 0},
    {SCORE " extra", "pixelcnn score: one argument too many: 'extra'", 0},
    {CLASSIFY " extra", "pixelcnn classify: extra: a further net needs its WEIGHTS after its CFG", 0},
    {COMPLETE " -row 3", "pixelcnn complete: unknown option -row & -rows", 0},
    {SCORE " -JSON", "pixelcnn score: unknown option -JSON", 0},
    {CLASSIFY " -label 1", "pixelcnn classify: unknown option -label", 0},
    /* options of complete */
    {COMPLETE " -rows 7", "pixelcnn complete: -rows 7: the cfg has height=6", 0},
    {COMPLETE " -rows -2", "pixelcnn complete: -rows -2: expected an integer", 0},
    {COMPLETE " -rows two", "pixelcnn complete: -rows two: expected an integer", 0},
    {COMPLETE " -rows", "pixelcnn complete: -rows needs a value", 0},
    {COMPLETE " -rows 2 -mask $SCRATCH/p.png", "pixelcnn complete: -rows 2 and -mask & give one of them", PICTURE},
    {COMPLETE " -mask $OUT/none.png", "none.png: cannot open: No such file", 0},
    {COMPLETE " -mask $CFG", "good.cfg: broken image", 0},
    {COMPLETE " -mask $EMPTY", "empty-folder", 0},
    {COMPLETE " -mask ''", "pixelcnn complete: -mask needs a value", 0},
    {COMPLETE " -mask $SCRATCH/p2.png", "p2.png: is 10 x 12 (width x height), the cfg has width=5 height=6",
     "$DARKNET pixelcnn sample $CFG $WEIGHTS -n 1 -scale 2 -out $SCRATCH/p2.png >/dev/null 2>&1;"},
    {COMPLETE " -image 12", "pixelcnn complete: -image 12: & has test images 0 to 11", 0},
    {COMPLETE " -image -1", "pixelcnn complete: -image -1: expected", 0},
    {COMPLETE " -images 13", "pixelcnn complete: -images 13: & has 12 test images from image 0 on", 0},
    {COMPLETE " -images 3 -image 10", "pixelcnn complete: -images 3: & has 2 test images from image 10 on", 0},
    {COMPLETE " -images 0", "pixelcnn complete: -images 0: expected", 0},
    {COMPLETE " -n 0", "pixelcnn complete: -n 0: expected", 0},
    {COMPLETE " -n 1000000 -images 12 -label all", "too", 0},
    {COMPLETE " -n 100000 -scale 64", "x.png: & too large", 0},
    {COMPLETE " -label 3", "-label 3: & expected a class from 0 to 2", 0},
    {COMPLETE " -label given", "-label given: & expected a class", 0},
    {COMPLETE " -temp -1", "pixelcnn complete: -temp -1: expected", 0},
    {COMPLETE " -guidance -2", "pixelcnn complete: -guidance -2: expected", 0},
    {"pixelcnn complete $PLAIN $PLAIN_WEIGHTS $RGB -label 1 -out $OUT/x.png", "-label 1: this net has no [label_embed]",
     0},
    {"pixelcnn complete $PLAIN $PLAIN_WEIGHTS $RGB -guidance 1 -out $OUT/x.png", "-guidance: this net has no", 0},
    {"pixelcnn complete $CFG $WEIGHTS $SCRATCH/p.png -image 1 -out $OUT/x.png", "-image 1: & p.png is a file", PICTURE},
    {"pixelcnn complete $CFG $WEIGHTS $SCRATCH/p.png -images 2 -out $OUT/x.png", "-images 2: & p.png is a file",
     PICTURE},
    {"pixelcnn complete $CFG $WEIGHTS $OUT/none.png -out $OUT/x.png", "none.png: cannot open: No such file", 0},
    {"pixelcnn complete $CFG $WEIGHTS $CFG -out $OUT/x.png", "good.cfg is a cfg, not a folder or a picture", 0},
    {"pixelcnn complete $CFG $WEIGHTS $EMPTY -out $OUT/x.png",
     "empty-folder: no folders of .png or .jpg images & no t10k-images", 0},
    {"pixelcnn complete $CFG $WEIGHTS $RGB -out $OUT/x.png", "images of 3 channels & channels=1", 0},
    {"pixelcnn complete $CFG $OUT/none $DATA -out $OUT/x.png", "none: cannot open: No such file", 0},
    {"pixelcnn complete nosuch.cfg $WEIGHTS $DATA -out $OUT/x.png", "nosuch.cfg: cannot open: No such file", 0},
    {COMPLETE " -out $OUT/none/x.png", "none/x.png: cannot create: No such file", 0},
    {COMPLETE " -out $FULL", "/full: ", 0},
    {COMPLETE " -out ''", "pixelcnn complete: -out", 0},
    {COMPLETE " -n 700 -images 12 -scale 4", "x.png: cannot write: File too large", SMALL_DISK},
    {"pixelcnn complete $CFG $WEIGHTS $DATA -out $SCRATCH/said.png >/dev/full", "No space left", 0},
    /* options of score */
    {SCORE " -label 3", "-label 3: & expected a class from 0 to 2", 0},
    {SCORE " -label any", "-label any: & expected a class", 0},
    {SCORE " -limit -1", "pixelcnn score: -limit -1: expected", 0},
    {SCORE " -batch 0", "pixelcnn score: -batch 0: expected", 0},
    {SCORE " -n 0", "pixelcnn score: -n 0: expected", 0},
    {"pixelcnn score $BAD $WEIGHTS $DATA -csv $OUT/none/x.csv", "none/x.csv: cannot create: No such file",
     "echo x >$BAD;"},
    {SCORE " -csv $EMPTY", "empty-folder: ", 0},
    {SCORE " -csv $FULL", "/full: ", 0},
    {SCORE " -csv ''", "pixelcnn score: -csv needs a value", 0},
    {SCORE " -sheet $OUT/none/x.png", "none/x.png: cannot create: No such file", 0},
    {SCORE " -sheet $FULL", "/full: ", 0},
    {SCORE " -sheet $OUT/x.png -scale 65", "pixelcnn score: -scale 65: expected", 0},
    {"pixelcnn score $CFG $WEIGHTS $DATA >/dev/full", "No space left", 0},
    {"pixelcnn score $PLAIN $PLAIN_WEIGHTS $RGB -label none", "-label none: this net has no [label_embed]", 0},
    {"pixelcnn score $CFG $WEIGHTS $BAD_DATA.png", "bad-data.png: broken image", "cp README.md $BAD_DATA.png;"},
    {"pixelcnn score $CFG $WEIGHTS $SCRATCH/own", "own/notes.png: broken image",
     "mkdir -p $SCRATCH/own; cp docs/hole.png $CFG $SCRATCH/own/; mv $SCRATCH/own/good.cfg $SCRATCH/own/notes.png;"},
    {"pixelcnn score $CFG $WEIGHTS $EMPTY", "empty-folder: no folders of .png or .jpg images & no t10k-images", 0},
    {"pixelcnn score $CFG $OUT/none $DATA", "none: cannot open: No such file", 0},
    {"pixelcnn score nosuch.cfg $WEIGHTS $DATA", "nosuch.cfg: cannot open: No such file", 0},
    /* options of classify */
    {CLASSIFY " -limit -1", "pixelcnn classify: -limit -1: expected", 0},
    {"pixelcnn classify $BAD $WEIGHTS $DATA -csv $OUT/none/x.csv", "none/x.csv: cannot create: No such file",
     "echo x >$BAD;"},
    {CLASSIFY " -csv $FULL", "/full: ", 0},
    {CLASSIFY " -batch 0", "pixelcnn classify: -batch 0: expected", 0},
    {CLASSIFY " >/dev/full", "No space left", 0},
    {CLASSIFY " -json >/dev/full", "No space left", 0},
    {CLASSIFY " $CFG", "good.cfg: a further net needs its WEIGHTS", 0},
    {CLASSIFY " $PLAIN $PLAIN_WEIGHTS", "plain.cfg: has no [label_embed]", 0},
    {CLASSIFY " $CFG $OUT/none", "none: cannot open: No such file", 0},
    {CLASSIFY " $SCRATCH/four.cfg $WEIGHTS", "four.cfg: & classes=4; expected the same as & classes=3",
     "sed s/classes=3/classes=4/ $CFG >$SCRATCH/four.cfg;"},
    {"pixelcnn classify $PLAIN $PLAIN_WEIGHTS $RGB", "plain.cfg: has no [label_embed]", 0},
    {"pixelcnn classify $CFG $WEIGHTS $EMPTY", "empty-folder: no folders of .png or .jpg images & no t10k-images", 0},
    {"pixelcnn classify $CFG $OUT/none $DATA", "none: cannot open: No such file", 0},
    {"pixelcnn classify $CFG $WEIGHTS $BAD_DATA", "t10k-labels-idx2-float: & set attributes=1 in [label_embed]",
     "mkdir -p $BAD_DATA; cp $DATA/t10k-images-idx3-ubyte $BAD_DATA; "
     "{ printf '\\0\\0\\15\\2\\0\\0\\0\\14\\0\\0\\0\\3'; head -c 144 /dev/zero; } >$BAD_DATA/t10k-labels-idx2-float;"},
    {"pixelcnn classify $BAD $WEIGHTS $DATA", "bad.cfg: has attributes=1 in [label_embed] & cannot classify",
     "sed 's/#label/\\nattributes=1/' $CFG >$BAD;"},
    /* animations */
    {SAMPLE " -gif", "pixelcnn sample: -gif needs a value", 0},
    {SAMPLE " -gif $OUT/none/x.gif", "none/x.gif: cannot create: No such file", 0},
    {SAMPLE " -gif $FULL", "/full: ", 0},
    {SAMPLE " -n 6000 -scale 32 -gif $OUT/x.gif", "x.gif: an animation of 7 frames & too large", 0},
    {SAMPLE " -n 400 -scale 8 -gif $OUT/x.gif", "x.gif: cannot write: File too large", SMALL_DISK},
    {COMPLETE " -gif", "pixelcnn complete: -gif needs a value", 0},
    {COMPLETE " -gif $OUT/none/x.gif", "none/x.gif: cannot create: No such file", 0},
    {COMPLETE " -n 6000 -scale 32 -gif $OUT/x.gif", "x.gif: an animation of 7 frames & too large", 0},
    {COMPLETE " -n 700 -images 12 -gif $OUT/x.gif", "x.gif: cannot write: File too large", SMALL_DISK},
};

static void commands_are_refused(void **state)
{
    (void)state;
    run_bad_commands(commands, COUNT(commands));
}

TEST_MAIN(cmocka_unit_test(commands_are_refused))
