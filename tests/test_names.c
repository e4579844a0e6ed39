/*
test_names.c - names of classes: their file, -label by name, and where commands write them.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/class_names.h"
#include "tests/formats.h"
#include "tests/labelled.h"

static run_result r;

/* ---- errors ---- */

typedef struct {
    const network *net;
    const char *file, *label;
} attempt;

static void try_it(void *what)
{
    attempt *a = what;
    int n;
    if (a->label) {
        free(labels_of_images(a->label, 1, 1, label_of(a->net)));
    } else if (a->net) {
        load_class_names((network *)a->net, a->file);
    } else {
        char **names = read_class_names(a->file, &n);
        free_class_names(names, n);
    }
}

static void fails(attempt a, const char *says)
{
    caught_error why;
    if (!catch_die(try_it, &a, &why)) fail_msg("no error; expected: %s", says);
    if (!strstr(why.message, says)) fail_msg("expected: %s\n    got: %s", says, why.message);
}

/* ---- the file ---- */

static void a_file_holds_any_name(void **state)
{
    (void)state;
    char *const names[] = {"Ankle boot", "a\\b\nc", "\xc3\xbc", "\\x41", "3"}, error[512];
    const char *file = scratch("any.names");
    int n;
    assert_int_equal(try_write_class_names(file, names, 5, error), 0);
    char *text = read_whole(file, 0);
    assert_string_equal(text, "Ankle boot\na\\\\b\\x0ac\n\xc3\xbc\n\\\\x41\n3\n");
    free(text);
    char **got = read_class_names(file, &n);
    assert_int_equal(n, 5);
    for (int k = 0; k < 5; ++k) assert_string_equal(got[k], names[k]);
    free_class_names(got, n);
    write_text(file, "\xef\xbb\xbf"
                     "cat\r\nsmall dog\r\nT-shirt\\top\r\n\r\n\n");
    got = read_class_names(file, &n);
    assert_int_equal(n, 3);
    assert_string_equal(got[0], "cat");
    assert_string_equal(got[1], "small dog");
    assert_string_equal(got[2], "T-shirt\\top");
    free_class_names(got, n);
    assert_int_not_equal(try_write_class_names("/no/such.names", names, 1, error), 0);
}

static void a_damaged_file_is_refused(void **state)
{
    (void)state;
    const char *file = scratch("bad.names");
    write_text(file, "a\n\nb\n");
    fails((attempt){.file = file}, "bad.names:2: an empty line");
    write_text(file, "a\nb\nc\nb\n");
    fails((attempt){.file = file}, "bad.names:4: 'b' is also on line 2");
    write_text(file, "\n");
    fails((attempt){.file = file}, "no names in it");
    write_file(file, "a\0b\n", 4);
    fails((attempt){.file = file}, "NUL at byte 1");
    fails((attempt){.file = scratch("none.names")}, "No such file");
}

/* Those of the weights themselves before those of their training. */
static void names_lie_beside_weights(void **state)
{
    (void)state;
    static const char *const weights[] = {"x.weights",      "x_final.weights", "x_best.weights",
                                          "x_last.weights", "x_ema.weights",   "x_previous.weights"};
    const char *folder = make_folder("beside", "x");
    network *net = make_net(1, 4, 5, 2);
    write_text(in(folder, "x.names"), "cat\ndog\n");
    for (int i = 0; i < 6; ++i) {
        set_class_names(net, 0);
        load_class_names(net, in(folder, weights[i]));
        assert_string_equal(label_of(net)->names[1], "dog");
    }
    write_text(in(folder, "x_best.names"), "cat\nwolf\n");
    load_class_names(net, in(folder, "x_best.weights"));
    assert_string_equal(label_of(net)->names[1], "wolf");
    set_class_names(net, 0);
    load_class_names(net, in(folder, "y_final.weights"));
    assert_null(label_of(net)->names);
    write_text(in(folder, "x.names"), "cat\n");
    fails((attempt){net, in(folder, "x_last.weights"), 0}, "x.names: 1 name, the cfg has classes=2");
    free_network(net);
    net = make_net(1, 4, 5, 0);
    load_class_names(net, in(folder, "x_last.weights"));
    free_network(net);
}

/* ---- labels ---- */

static network *named_net(void)
{
    char *const names[] = {"car", "Bird", "car, red", "bird", "a:b", "3", "none"};
    network *net = make_net(1, 4, 5, 7);
    set_class_names(net, names);
    return net;
}

/* Class k, or weights, of image i. */
static void gives(const network *net, const char *text, int i, int k, float weight)
{
    float *labels = labels_of_images(text, 4, 1, label_of(net));
    if (labels[7 * i + k] != weight) fail_msg("-label %s: image %d, class %d: %g", text, i, k, labels[7 * i + k]);
    free(labels);
}

static void labels_may_be_names(void **state)
{
    (void)state;
    network *net = named_net();
    gives(net, "car", 3, 0, 1);
    gives(net, "CAR", 3, 0, 1);
    gives(net, "Bird", 0, 1, 1);
    gives(net, "bird", 0, 3, 1);
    gives(net, "car, red", 0, 2, 1);
    gives(net, "car,bird,2", 0, 0, 1);
    gives(net, "car,bird,2", 1, 3, 1);
    gives(net, "car,bird,2", 2, 2, 1);
    gives(net, "car,bird,2", 3, 0, 1);
    gives(net, "a:b", 0, 4, 1);
    gives(net, "a:b:0.25,car, red:0.75", 0, 4, .25f);
    gives(net, "a:b:0.25,car, red:0.75", 0, 2, .75f);
    gives(net, "6", 0, 6, 1);
    gives(net, "3", 0, 5, 1); // the class named 3
    gives(net, "all", 2, 2, 1);
    fails((attempt){net, 0, "carr"}, "-label carr: 'carr': no such class; did you mean car?");
    fails((attempt){net, 0, "car,brid"}, "'brid': no such class; did you mean");
    fails((attempt){net, 0, "BIRD"}, "did you mean");
    fails((attempt){net, 0, "submarine"},
          "no such class; expected a class from 0 to 6 or its name: car, Bird, car, red");
    fails((attempt){net, 0, "7"}, "expected a class from 0 to 6");
    fails((attempt){net, 0, "33"}, "no such class; expected a class from 0 to 6 or its name: car"); // not "3?"
    fails((attempt){net, 0, "2x"}, "'2x': no such class");
    fails((attempt){net, 0, "car:0.5,bird"}, "expected 3:NUMBER");
    fails((attempt){net, 0, "car,"}, "ends with a comma");
    fails((attempt){net, 0, "none"}, "dropout=0");
    free_network(net);
}

/* ---- commands ---- */

static const char cfg_text[] =
    "[net]\nbatch=2\nheight=4\nwidth=5\nadam=1\nlearning_rate=0.01\nmax_batches=2\n[label_embed]\nclasses=2\nsize=2\n"
    "dropout=0.1\n[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=3\nmask=a\n[skip_sum]\nfilters=3\n"
    "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n";

static char cfg[256], animals[256], backup[256], weights[320];

/* A net of the classes a and b, trained for two iterations on pictures. */
static void need_trained(void)
{
    if (cfg[0]) return;
    strcpy(cfg, scratch("pets.cfg"));
    strcpy(backup, scratch("pets"));
    snprintf(weights, sizeof weights, "%s/pets_final.weights", backup);
    strcpy(animals, make_pictures("animals", 10));
    write_text(cfg, cfg_text);
    run_command(&r, "%s pixelcnn train %s %s -backup %s -sample_every 1 -report %s", darknet(), cfg, animals, backup,
                backup);
    if (r.status) fail_msg("%s", r.err);
}

static void run(const char *command, const char *arguments)
{
    need_trained();
    run_command(&r, "%s pixelcnn %s %s %s %s", darknet(), command, cfg, weights, arguments);
    if (r.status) fail_msg("%s %s: %s", command, arguments, r.err);
}

static void says(const char *text)
{
    if (!strstr(r.out, text)) fail_msg("expected: %s\n    got: %s", text, r.out);
}

static void training_keeps_the_names(void **state)
{
    (void)state;
    need_trained();
    char file[320];
    snprintf(file, sizeof file, "%s/pets.names", backup);
    char *text = read_whole(file, 0);
    assert_string_equal(text, "a\nb\n");
    free(text);
    snprintf(file, sizeof file, "%s/index.html", backup);
    text = read_whole(file, 0);
    assert_non_null(strstr(text, "<dt>classes</dt><dd>0 a, 1 b</dd>"));
    free(text);
}

static void trains_on(const char *folder, const char *options, const char *names)
{
    char file[320];
    snprintf(file, sizeof file, "%s/pets.names", scratch("from_idx"));
    run_command(&r, "%s pixelcnn train %s %s -backup %s %s", darknet(), cfg, folder, scratch("from_idx"), options);
    if (r.status) fail_msg("%s", r.err);
    char *text = file_exists(file) ? read_whole(file, 0) : 0;
    if (!text != !names || (text && strcmp(text, names))) fail_msg("%s: %s", options, text);
    free(text);
}

/* From a file beside arrays, too; a file of the wrong length is refused. Training without names keeps those
   that belong to what it starts from, and no others. */
static void names_of_other_formats_come_from_a_file(void **state)
{
    (void)state;
    need_trained();
    char folder[256], names[320], more[400];
    strcpy(folder, make_toy_data(scratch("digits"), (toy_data){.n = 20, .c = 1, .h = 4, .w = 5, .classes = 2}));
    snprintf(names, sizeof names, "%s/classes.names", folder);
    write_text(names, "zero\n");
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), cfg, folder, scratch("from_idx"));
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "classes.names: 1 name, the cfg has classes=2"));
    write_text(names, "zero\none\n");
    trains_on(folder, "-clear", "zero\none\n");
    remove(names);
    snprintf(names, sizeof names, "%s/batches.meta.txt", folder);
    write_text(names, "null\neins\n\n");
    trains_on(folder, "-clear", "null\neins\n");
    remove(names);
    run_command(&r, "sed -i s/max_batches=2/max_batches=3/ %s", cfg);
    trains_on(folder, "", "null\neins\n"); // resumed
    trains_on(folder, "-clear", 0);
    assert_non_null(strstr(r.err, "pets.names: removed"));
    snprintf(more, sizeof more, "%s -clear", weights);
    trains_on(folder, more, "a\nb\n");
    run_command(&r, "sed -i s/max_batches=3/max_batches=2/ %s", cfg);
}

static void pictures_are_the_same_by_name_and_number(void **state)
{
    (void)state;
    char line[1024], png[2][256];
    for (int i = 0; i < 2; ++i) {
        strcpy(png[i], scratch(i ? "by_name.png" : "by_number.png"));
        snprintf(line, sizeof line, "-label %s -n 6 -captions off -out %s -json", i ? "b,a" : "1,0", png[i]);
        run("sample", line);
        says("\"label_names\": [\"b\", \"a\"]");
    }
    int w[2], h[2];
    unsigned char *a = read_grey_png(png[0], w, h), *b = read_grey_png(png[1], w + 1, h + 1);
    assert_true(w[0] == w[1] && h[0] == h[1]);
    assert_memory_equal(a, b, w[0] * h[0]);
    free(a);
    free(b);
    run_command(&r, "%s pixelcnn sample %s %s -label c -out %s", darknet(), cfg, weights, png[0]);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "'c': no such class; expected a class from 0 to 1 or its name: a, b"));
}

static void tables_have_the_names(void **state)
{
    (void)state;
    char line[600], file[320];
    snprintf(line, sizeof line, "%s -limit 2", animals);
    run("score", line);
    says("index,label,nats,bits_per_dim,file,label_name\n0,0,");
    says("/test/a/00.png,a\n1,1,");
    says("/test/b/00.png,b\n");
    snprintf(line, sizeof line, "%s -limit 2 -json", animals);
    run("score", line);
    says("\"label_name\": \"a\"");
    snprintf(file, sizeof file, "%s", scratch("read.csv"));
    snprintf(line, sizeof line, "%s -csv %s -json", animals, file);
    run("classify", line);
    says("\"class_names\": [\"a\", \"b\"]");
    char *text = read_whole(file, 0);
    assert_non_null(strstr(text, "index,label,read,bits_per_label,nats_0,nats_1,file,label_name,read_name\n0,0,"));
    assert_non_null(strstr(text, "/test/a/00.png,a,"));
    free(text);
    run("classify", animals);
    says("  a\n    1 ");
}

static void a_long_name_widens_its_column(void **state)
{
    (void)state;
    need_trained();
    char copy[320];
    snprintf(copy, sizeof copy, "%s", scratch("longer.weights"));
    run_command(&r, "cp %s %s", weights, copy);
    write_text(scratch("longer.names"), "a first long name\na second name\n");
    run_command(&r, "%s pixelcnn classify %s %s %s/test/a/00.png %s/test/b/00.png", darknet(), cfg, copy, animals,
                animals);
    assert_int_equal(r.status, 0);
    const char *head = strstr(r.out, "file\n");
    assert_non_null(head);
    for (const char *line = head + strlen("file\n"); *line; line = strchr(line, '\n') + 1)
        assert_memory_equal(line + (head - r.out), animals, strlen(animals));
}

/* The data's classes may be others than the net's. */
static void other_names_are_reported(void **state)
{
    (void)state;
    need_trained();
    run_command(&r,
                "cd %s && cp -r animals others && mv others/test/b others/test/c && mv others/train/b others/train/c",
                scratch("."));
    char line[600];
    snprintf(line, sizeof line, "%s", scratch("others"));
    run("eval", line);
    assert_null(strstr(r.err, "matched by number")); // eval has no use for names
    run("score", line);
    assert_non_null(strstr(r.err, "others: class 1 is c, but b in the names beside the weights"));
}

TEST_MAIN(cmocka_unit_test(a_file_holds_any_name), cmocka_unit_test(a_damaged_file_is_refused),
          cmocka_unit_test(names_lie_beside_weights), cmocka_unit_test(labels_may_be_names),
          cmocka_unit_test(training_keeps_the_names), cmocka_unit_test(names_of_other_formats_come_from_a_file),
          cmocka_unit_test(pictures_are_the_same_by_name_and_number), cmocka_unit_test(tables_have_the_names),
          cmocka_unit_test(a_long_name_widens_its_column), cmocka_unit_test(other_names_are_reported))
