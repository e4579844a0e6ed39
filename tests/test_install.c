/*
test_install.c - `make install` into a temporary prefix: the C example builds against it with pkg-config, the
Python module and the notebook run, the manual page agrees with the program, and nothing is left after `make
uninstall`.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/labelled.h"
#include "tests/refused.h"

static run_result r;
static char python[64]; // with NumPy; "": none

/* A shell command, in which $U is the prefix; it must succeed. */
static void run(const char *command) { run_to_status(&r, 0, command); }

static int has(const char *tool)
{
    run_command(&r, "command -v %s", tool);
    return !r.status;
}

static void find_python(void)
{
    static const char *const where[] = {"python3", "/usr/bin/python3"};
    for (int i = 0; i < 2 && !python[0]; ++i) {
        run_command(&r, "%s -c 'import numpy'", where[i]);
        if (!r.status) strcpy(python, where[i]);
    }
    if (!python[0]) print_message("no python3 with numpy (Debian: python3-numpy): the Python module is not tested\n");
    setenv("PYTHON", python, 1);
}

static int install(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    return 0; // the sanitized program is not meant to be installed
#endif
    need_world();
    setenv("U", scratch("prefix"), 1);
    run("make -s install PREFIX=$U PYTHONDIR=$U/python");
    setenv("LD_LIBRARY_PATH", scratch("prefix/lib"), 1);
    setenv("PKG_CONFIG_PATH", scratch("prefix/lib/pkgconfig"), 1);
    setenv("PYTHONPATH", scratch("prefix/python"), 1);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    find_python();
    return 0;
}

static void need_installed(void)
{
    if (!getenv("U")) skip();
}

static void the_program_finds_its_name(void **state)
{
    (void)state;
    need_installed();
    run("$U/bin/pixelcnn sample $CFG $WEIGHTS -n 1 -out $SCRATCH/one.png");
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -n 1 -out $SCRATCH/same.png && cmp $SCRATCH/one.png $SCRATCH/same.png");
    run_command(&r, "$U/bin/pixelcnn nothing");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "pixelcnn: unknown command 'nothing'"));
}

/* Another package's program of that name is neither replaced nor removed. */
static void darknet_is_installed_on_request(void **state)
{
    (void)state;
    need_installed();
    run("! [ -e $U/bin/darknet ]");
    run("mkdir -p $SCRATCH/other/bin && echo theirs >$SCRATCH/other/bin/darknet");
    run("make -s install PREFIX=$SCRATCH/other PYTHONDIR=$SCRATCH/other/python && grep -q theirs "
        "$SCRATCH/other/bin/darknet");
    run("make -s uninstall PREFIX=$SCRATCH/other PYTHONDIR=$SCRATCH/other/python && grep -q theirs "
        "$SCRATCH/other/bin/darknet");
    run("make -s install PREFIX=$SCRATCH/both PYTHONDIR=$SCRATCH/both/python INSTALL_DARKNET=1");
    run("$SCRATCH/both/bin/darknet pixelcnn version && $SCRATCH/both/bin/darknet detector 2>&1 | grep -q usage");
    run("grep -q '^complete .* darknet$' $SCRATCH/both/share/bash-completion/completions/darknet");
    run("make -s uninstall PREFIX=$SCRATCH/both PYTHONDIR=$SCRATCH/both/python && ! ls $SCRATCH/both/bin/*");
    run_command(&r, "make -s install INSTALL_DARKNET=yes");
    assert_int_equal(r.status, 2);
    assert_non_null(strstr(r.err, "INSTALL_DARKNET=yes: expected 0 or 1"));
}

/* Halves of a checkpoint stay away, and so do weights whose net is not there. */
static void all_that_ships_is_installed(void **state)
{
    (void)state;
    need_installed();
    run("cd $U/share/pixelcnn && for w in weights/*.weights; do [ -f cfg/$(basename $w .weights).cfg ] || exit 1; done "
        "&& "
        "[ $(ls weights/*.weights | wc -l) -ge 4 ] && ! ls weights/*_last.*");
    run("cd $U/share/doc/pixelcnn && [ -s LICENSE ] && grep -q YOLO LICENSE.darknet && [ -s CHANGELOG.md ] && "
        "for page in $(grep -oE '\\(docs/[a-z/]*\\.md' README.md | tr -d '('); do [ -s $page ] || exit 1; done");
}

/* Installed, they know no repository: a data set's folder is in the caller's. */
static void data_scripts_fetch_into_the_callers_folder(void **state)
{
    (void)state;
    need_installed();
    run("cd $SCRATCH && mkdir -p data/fashion-mnist && cd data/fashion-mnist && "
        "for f in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do echo >$f-ubyte; done");
    run("cd $SCRATCH && $U/share/pixelcnn/scripts/get_fashion.sh");
    assert_string_equal(r.out, "data/fashion-mnist\n");
    run_command(&r, "cd $SCRATCH && mkdir -p data/mnist && echo >data/mnist/train-images-idx3-ubyte && "
                    "$U/share/pixelcnn/scripts/get_mnist.sh");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "data/mnist: holds other files than MNIST's"));
}

static void same_picture(const char *one, const char *other, int channels, int from_column)
{
    int w, h, all, rows;
    unsigned char *x = read_png(one, channels, &w, &h), *y = read_png(other, channels, &all, &rows);
    assert_int_equal(h, rows);
    assert_int_equal(all, w + from_column);
    for (int i = 0; i < h; ++i)
        assert_memory_equal(x + (size_t)i * w * channels, y + ((size_t)i * all + from_column) * channels, w * channels);
    free(x);
    free(y);
}

/* Without arguments, sample uses the installed net, in any folder. */
static void sample_finds_what_is_installed(void **state)
{
    (void)state;
    need_installed();
    run("cd $U/share/pixelcnn && cp $CFG cfg/gated_pixelcnn.cfg && cp $WEIGHTS weights/gated_pixelcnn.weights && "
        "rm weights/gated_pixelcnn.names");
    run("cd $EMPTY && $U/bin/pixelcnn sample -n 2 -label 1 -out $SCRATCH/one.png");
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -n 2 -label 1 -out $SCRATCH/same.png");
    same_picture(scratch("one.png"), scratch("same.png"), 1, 0);
    run_command(&r, "rm $U/share/pixelcnn/weights/*; cd $EMPTY && $U/bin/pixelcnn sample");
    assert_int_equal(r.status, 1);
    must_hold(r.err, "WEIGHTS is missing; none in weights/ or backup/ fits & share/pixelcnn/cfg/gated_pixelcnn.cfg");
}

/* Installed names and paths, not those of the source tree. */
static void the_help_is_of_what_is_installed(void **state)
{
    (void)state;
    need_installed();
    run("cd $EMPTY && export PATH=$U/bin:$PATH && pixelcnn -h && for c in train sample eval classify; do pixelcnn $c "
        "-h; "
        "done");
    must_hold(r.out, "usage: pixelcnn COMMAND ... & \n    pixelcnn sample -label 3\n & usage: pixelcnn train CFG & "
                     "Example: pixelcnn eval gated_pixelcnn data/mnist");
    assert_null(strstr(r.out, "darknet"));
    assert_null(strstr(r.out, " scripts/"));
    assert_null(strstr(r.out, "(docs/"));
    run("bash -n $U/share/bash-completion/completions/pixelcnn && grep -w -e -binarise_seed "
        "$U/share/bash-completion/completions/pixelcnn");
    run("grep '^complete ' $U/share/bash-completion/completions/pixelcnn");
    assert_string_equal(r.out, "complete -F _pixelcnn pixelcnn\n");
}

/* Whether a PGM or PPM shows 64 images of (c,6,5) as the PNG of the command does, which has a gap of 2
   pixels. */
static void shows_the_same(const char *pgm, const char *png, int c)
{
    int w, h, used = 0;
    size_t bytes;
    char head[64];
    unsigned char *sheet = read_png(png, c, &w, &h);
    char *file = read_whole(pgm, &bytes);
    snprintf(head, sizeof head, "P%d\n%d %d\n255\n", c == 1 ? 5 : 6, 8 * WIDTH, 8 * HEIGHT);
    used = strlen(head);
    assert_memory_equal(file, head, used);
    assert_int_equal(bytes, used + 64 * VALUES * c);
    for (int y = 0; y < 8 * HEIGHT; ++y)
        for (int x = 0; x < 8 * WIDTH; ++x)
            assert_memory_equal(file + used + (y * 8 * WIDTH + x) * c,
                                sheet + ((y / HEIGHT * 2 + y) * w + x / WIDTH * 2 + x) * c, c);
    free(sheet);
    free(file);
}

static void the_c_example_draws_what_sample_draws(void **state)
{
    (void)state;
    need_installed();
    if (!has("pkg-config")) {
        print_message("no pkg-config: the C example is not tested\n");
        skip();
    }
    run("gcc -std=c11 -pedantic -Wall -Wextra -Werror $U/share/pixelcnn/examples/sample.c "
        "$(pkg-config --cflags --libs pixelcnn) -o $SCRATCH/sample");
    run("$SCRATCH/sample $CFG $WEIGHTS 2 >$SCRATCH/c.pgm");
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -label 2 -scale 1 -out $SCRATCH/c.png");
    shows_the_same(scratch("c.pgm"), scratch("c.png"), 1);
    run("$SCRATCH/sample $PLAIN $PLAIN_WEIGHTS '' >$SCRATCH/c.pgm");
    run("$DARKNET pixelcnn sample $PLAIN $PLAIN_WEIGHTS -scale 1 -out $SCRATCH/c.png");
    shows_the_same(scratch("c.pgm"), scratch("c.png"), 3);
    run_command(&r, "$SCRATCH/sample $CFG $WEIGHTS 3");
    assert_int_equal(r.status, 1);
    assert_string_equal(r.err, "-label 3: at '3': expected a class from 0 to 2\n");
    run_command(&r, "$SCRATCH/sample none.cfg $WEIGHTS 3");
    assert_int_equal(r.status, 1);
    assert_string_equal(r.err, "none.cfg: cannot open: No such file or directory\n");
    run("[ $(wc -l <examples/sample.c) -lt 40 ]");
}

/* A program that has functions of Darknet's names itself, and uses the library without libpixelcnn.so. */
static void the_static_library_draws_the_same(void **state)
{
    (void)state;
    need_installed();
    if (!has("pkg-config")) skip();
    run("printf 'int gemm, malloc_error, die; void error(void) {} void make_network(void) {}\\n' >$SCRATCH/names.c");
    run("gcc $U/share/pixelcnn/examples/sample.c $SCRATCH/names.c $(pkg-config --cflags --static --libs pixelcnn | "
        "sed 's/-lpixelcnn/-l:libpixelcnn.a/') -o $SCRATCH/static");
    run("LD_LIBRARY_PATH= $SCRATCH/static $CFG $WEIGHTS 2 >$SCRATCH/static.pgm");
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -label 2 -scale 1 -out $SCRATCH/c.png");
    shows_the_same(scratch("static.pgm"), scratch("c.png"), 1);
    run_command(&r, "LD_LIBRARY_PATH= $SCRATCH/static none.cfg $WEIGHTS 3");
    assert_int_equal(r.status, 1);
    assert_string_equal(r.err, "none.cfg: cannot open: No such file or directory\n");
    run("nm -g --defined-only $U/lib/libpixelcnn.a | sed -n 's/.* [A-Z] //p' | grep -v ^pixelcnn_ | wc -l");
    assert_string_equal(r.out, "0\n");
}

/* The header by itself, in the oldest C and C++ that a compiler knows, and in the newest. */
static void the_header_is_c89_and_cpp(void **state)
{
    (void)state;
    need_installed();
    run("printf '#include <pixelcnn.h>\nint main(void) { pixelcnn_draw d = PIXELCNN_DRAW; return d.first + "
        "!pixelcnn_version(); }\n' >$SCRATCH/plus.c && cp $SCRATCH/plus.c $SCRATCH/plus.cpp");
    run("for c in c89 c99 c11 c2x; do gcc -std=$c -pedantic-errors -Wall -Wextra -Werror $SCRATCH/plus.c -I$U/include "
        "-L$U/lib -lpixelcnn -o $SCRATCH/plus && $SCRATCH/plus || exit 1; done");
    if (!has("g++")) {
        print_message("no g++: the header is not tested with C++\n");
        skip();
    }
    run("for c in c++98 c++20; do g++ -std=$c -pedantic-errors -Wall -Wextra -Wold-style-cast -Werror "
        "$SCRATCH/plus.cpp -I$U/include -L$U/lib -lpixelcnn -o $SCRATCH/plus && $SCRATCH/plus || exit 1; done");
}

static void python_does_what_the_commands_do(void **state)
{
    (void)state;
    need_installed();
    if (!python[0]) skip();
    run("$PYTHON tests/library.py $DROPOUT $WEIGHTS $PLAIN $PLAIN_WEIGHTS $DATA $SCRATCH");
    if (!strstr(r.out, "prefix/python/pixelcnn/__init__.py")) fail_msg("not the installed module: %s", r.out);
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -n 5 -label 1 -seed 2 -scale 1 -out $SCRATCH/commands.png");
    same_picture(scratch("sampled.png"), scratch("commands.png"), 1, 0);
    run("$DARKNET pixelcnn sample $PLAIN $PLAIN_WEIGHTS -n 4 -seed 4 -temp 0.5 -scale 1 -out $SCRATCH/commands.png");
    same_picture(scratch("colour.png"), scratch("commands.png"), 3, 0);
    run("$DARKNET pixelcnn complete $DROPOUT $WEIGHTS $DATA -image 1 -rows 3 -n 4 -label 0:0.5,2:0.5 -seed 5 -guidance "
        "1 -scale 1 -out $SCRATCH/commands.png");
    same_picture(scratch("completed.png"), scratch("commands.png"), 1, 2 * (WIDTH + 2));
    run("$DARKNET pixelcnn score $CFG $WEIGHTS $DATA | sed 1d | cut -d, -f3 | cmp - $SCRATCH/nats");
}

static void python_has_arrays_and_trains(void **state)
{
    (void)state;
    need_installed();
    if (!python[0]) skip();
    run("$PYTHON tests/python_arrays.py $DROPOUT $WEIGHTS $PLAIN $PLAIN_WEIGHTS");
    run("$PYTHON tests/python_training.py $CFG $PLAIN");
}

static void the_notebook_runs(void **state)
{
    (void)state;
    need_installed();
    if (!python[0]) skip();
    run("$PYTHON scripts/notebook.py -check examples/pixelcnn_demo.py examples/pixelcnn_demo.ipynb");
    run("mkdir -p $SCRATCH/book && PIXELCNN_OUT=$SCRATCH/book PIXELCNN_CFG=$CFG PIXELCNN_WEIGHTS=$WEIGHTS $PYTHON "
        "$U/share/pixelcnn/examples/pixelcnn_demo.py");
    assert_non_null(strstr(r.out, "<PixelCNN 1 x 6 x 5, 4 levels, 3 classes>"));
    assert_non_null(strstr(r.out, "bits/dim on average"));
    assert_non_null(strstr(r.out, "temperature -1: expected 0 to 100\n"));
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -label all -n 8 -scale 1 -out $SCRATCH/commands.png");
    same_picture(scratch("book/sampled.png"), scratch("commands.png"), 1, 0);
    run("PIXELCNN_OUT=$SCRATCH/book PIXELCNN_CFG=$PLAIN PIXELCNN_WEIGHTS=$PLAIN_WEIGHTS $PYTHON "
        "examples/pixelcnn_demo.py");
}

/* Options of each command with their placeholders, as -help and as the page has them. */
static void the_manual_has_what_the_program_says(void **state)
{
    (void)state;
    static run_result page;
    need_installed();
    run("for c in $($DARKNET pixelcnn help | sed -n 's/^    \\([a-z][a-z]*\\) .*/\\1/p'); do "
        "$DARKNET pixelcnn help $c | sed -n \"1s/.*pixelcnn //p; "
        "/^    -/{s/^\\(.\\{22\\}\\) .*/\\1/; s/^ *//; s/ *$//; p}\"; done");
    run_command(&page, "sed -n '/^.SH COMMANDS/,$p' $U/share/man/man1/pixelcnn.1 | "
                       "sed -n 's/\\\\f[BIR]//g; s/\\\\-/-/g; s/^.SS \"\\(.*\\)\"/\\1/p; /^.TP/{n; s/\\\\f[BIR]//g; "
                       "s/\\\\-/-/g; /^-/p}'");
    assert_non_null(strstr(page.out, "train CFG DATA [WEIGHTS]\n-backup DIR\n"));
    assert_string_equal(page.out, r.out);
    if (!has("man")) {
        print_message("no man (Debian: man-db): not tested how the manual page looks\n");
        return;
    }
    run("MANWIDTH=200 man -l --warnings $U/share/man/man1/pixelcnn.1 2>&1 >/dev/null");
    assert_string_equal(r.out, "");
    run("MANWIDTH=200 man -l $U/share/man/man1/pixelcnn.1 | grep -A 1 -e '-temp X' | head -n 2");
    assert_non_null(strstr(r.out, "below 1 for likelier images; 0: always the likeliest value (1)"));
}

static void destdir_prefixes_all_and_nothing_remains(void **state)
{
    (void)state;
    need_installed();
    run("make -s install DESTDIR=$SCRATCH/staged PREFIX=/opt/pixelcnn PYTHONDIR=/opt/python");
    run("[ \"$(ls $SCRATCH/staged)\" = opt ] && [ \"$(ls $SCRATCH/staged/opt | xargs)\" = 'pixelcnn python' ]");
    run("grep -x prefix=/opt/pixelcnn $SCRATCH/staged/opt/pixelcnn/lib/pkgconfig/pixelcnn.pc");
    run("! grep -r $SCRATCH/staged --include='*.pc' --include='*.1' $SCRATCH/staged");
    run("make -s uninstall DESTDIR=$SCRATCH/staged PREFIX=/opt/pixelcnn PYTHONDIR=/opt/python");
    run("find $SCRATCH/staged -not -type d");
    assert_string_equal(r.out, "");
    run("make -s uninstall PREFIX=$U PYTHONDIR=$U/python && find $U -not -type d");
    assert_string_equal(r.out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_program_finds_its_name),
                                       cmocka_unit_test(darknet_is_installed_on_request),
                                       cmocka_unit_test(all_that_ships_is_installed),
                                       cmocka_unit_test(data_scripts_fetch_into_the_callers_folder),
                                       cmocka_unit_test(sample_finds_what_is_installed),
                                       cmocka_unit_test(the_help_is_of_what_is_installed),
                                       cmocka_unit_test(the_c_example_draws_what_sample_draws),
                                       cmocka_unit_test(the_static_library_draws_the_same),
                                       cmocka_unit_test(the_header_is_c89_and_cpp),
                                       cmocka_unit_test(python_does_what_the_commands_do),
                                       cmocka_unit_test(python_has_arrays_and_trains),
                                       cmocka_unit_test(the_notebook_runs),
                                       cmocka_unit_test(the_manual_has_what_the_program_says),
                                       cmocka_unit_test(destdir_prefixes_all_and_nothing_remains)};
    return cmocka_run_group_tests(tests, install, 0);
}
