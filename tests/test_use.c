/*
test_use.c - classify and score: their output agrees with the likelihoods and with each other.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/labelled.h"

static run_result r;

static void run_on_net(const char *command, const char *options)
{
    const labelled *l = labelled_net();
    run_command(&r, "%s pixelcnn %s %s %s %s %s", darknet(), command, l->cfg, l->weights, l->data, options);
    if (r.status) fail_msg("%s %s: %s", command, options, r.err);
}

/* Nats of each image from a CSV on r.out; classes where given. */
static int read_csv(double *nats, char (*labels)[16])
{
    static const char head[] = "index,label,nats,bits_per_dim\n";
    int n = 0, index, used;
    double bits;
    char label[16];
    assert_memory_equal(r.out, head, strlen(head));
    for (const char *at = r.out + strlen(head); *at; at += used, ++n) {
        assert_true(n < IMAGES);
        assert_int_equal(sscanf(at, "%d,%15[^,],%lf,%lf\n%n", &index, label, nats + n, &bits, &used), 4);
        assert_int_equal(index, n);
        assert_float_equal(bits, nats[n] / VALUES / log(2), 1e-6);
        if (labels) strcpy(labels[n], label);
    }
    return n;
}

/* ---- classify ---- */

/* Images that are labelled as class `row` and look like class `column`. */
static int expected(int row, int column, int limit)
{
    int n = 0;
    for (int i = 0; i < limit; ++i) n += labelled_net()->labels[i] == row && i % CLASSES == column;
    return n;
}

static void classify_predicts_what_the_image_shows(void **state)
{
    (void)state;
    run_on_net("classify", "");
    const char *at = strstr(r.out, "classified as (columns):\n");
    assert_non_null(at);
    int total = 0, used, n, head[CLASSES], row[1 + CLASSES];
    at = strchr(at, '\n');
    assert_int_equal(sscanf(at, " %d %d %d%n", head, head + 1, head + 2, &used), CLASSES);
    for (int k = 0; k < CLASSES; ++k) {
        at += used;
        assert_int_equal(sscanf(at, " %d %d %d %d%n", row, row + 1, row + 2, row + 3, &used), 1 + CLASSES);
        assert_int_equal(row[0], k);
        for (int c = 0; c < CLASSES; ++c) {
            assert_int_equal(row[1 + c], expected(k, c, IMAGES));
            total += row[1 + c];
        }
    }
    assert_int_equal(total, IMAGES);
    double accuracy, error;
    int right;
    at = strstr(r.out, "\naccuracy ");
    assert_non_null(at);
    assert_int_equal(
        sscanf(at, "\naccuracy %lf  standard error %lf  right %d  images %d\n%n", &accuracy, &error, &right, &n, &used),
        4);
    assert_int_equal(at[used], 0);
    assert_int_equal(right, IMAGES * 4 / 5);
    assert_int_equal(n, IMAGES);
    assert_float_equal(accuracy, .8, 1e-6);
    assert_float_equal(error, sqrt(.16 / IMAGES), 1e-6);
}

static void classify_as_json_and_limited(void **state)
{
    (void)state;
    run_on_net("classify", "-json -limit 20");
    assert_int_equal(number_in(r.out, "right"), 16);
    assert_int_equal(number_in(r.out, "images"), 20);
    assert_int_equal(number_in(r.out, "classes"), CLASSES);
    assert_float_equal(number_in(r.out, "accuracy"), .8, 1e-6);
    char table[256];
    int e[CLASSES * CLASSES];
    for (int i = 0; i < CLASSES * CLASSES; ++i) e[i] = expected(i / CLASSES, i % CLASSES, 20);
    snprintf(table, sizeof table, "\"confusion\": [[%d, %d, %d], [%d, %d, %d], [%d, %d, %d]]}\n", e[0], e[1], e[2],
             e[3], e[4], e[5], e[6], e[7], e[8]);
    assert_non_null(strstr(r.out, table));
}

/* What score gives each image under each label. */
static void score_each_label(double nats[CLASSES][IMAGES])
{
    char option[32];
    for (int k = 0; k < CLASSES; ++k) {
        snprintf(option, sizeof option, "-label %d", k);
        run_on_net("score", option);
        assert_int_equal(read_csv(nats[k], 0), IMAGES);
    }
}

/* From the likelihoods that score gives under each label. */
static void classify_is_bayes_rule(void **state)
{
    (void)state;
    static double nats[CLASSES][IMAGES];
    score_each_label(nats);
    double bits = 0, unknown = 0;
    for (int i = 0; i < IMAGES; ++i) {
        double sum = 0;
        for (int k = 0; k < CLASSES; ++k) sum += exp(-nats[k][i]);
        bits += (nats[labelled_net()->labels[i]][i] + log(sum)) / log(2) / IMAGES;
        unknown -= log(sum / CLASSES) / IMAGES;
    }
    static const char *const batches[] = {"-json", "-json -batch 7", "-json -batch 1", "-json -batch 1000"};
    for (int i = 0; i < 4; ++i) {
        run_on_net("classify", batches[i]);
        assert_float_equal(number_in(r.out, "bits_per_label"), bits, 1e-4);
        assert_float_equal(number_in(r.out, "nats_per_image"), unknown, 1e-4);
        assert_float_equal(number_in(r.out, "bits_per_dim"), unknown / VALUES / log(2), 1e-6);
        assert_int_equal(number_in(r.out, "right"), IMAGES * 4 / 5);
    }
}

typedef struct {
    int label, read;
    double bits, nats[CLASSES];
} read_image;

/* What `classify -csv` writes for each image; `more`: further arguments. */
static void classify_to_csv(const char *cfg, const char *weights, const char *more, read_image *images)
{
    static const char head[] = "index,label,read,bits_per_label,nats_0,nats_1,nats_2\n";
    run_command(&r, "%s pixelcnn classify %s %s %s %s -json -csv %s", darknet(), cfg, weights, labelled_net()->data,
                more, scratch("read.csv"));
    if (r.status) fail_msg("classify: %s", r.err);
    char *text = read_whole(scratch("read.csv"), 0), *at = text;
    assert_memory_equal(at, head, strlen(head));
    at += strlen(head);
    for (int i = 0, index, used; i < IMAGES; ++i, at += used) {
        read_image *x = images + i;
        assert_int_equal(sscanf(at, "%d,%d,%d,%lf,%lf,%lf,%lf\n%n", &index, &x->label, &x->read, &x->bits, x->nats,
                                x->nats + 1, x->nats + 2, &used),
                         7);
        assert_int_equal(index, i);
    }
    assert_int_equal(*at, 0);
    free(text);
}

/* An image's bits are those of Bayes' rule from its nats, and the class of the least nats is what is read. */
static void assert_bayes(const read_image *x)
{
    double sum = 0;
    for (int k = 0; k < CLASSES; ++k) sum += exp(-x->nats[k]);
    assert_float_equal(x->bits, (x->nats[x->label] + log(sum)) / log(2), 1e-4);
    for (int k = 0; k < CLASSES; ++k) assert_true(x->nats[x->read] <= x->nats[k]);
}

static void classify_writes_each_image(void **state)
{
    (void)state;
    static double nats[CLASSES][IMAGES];
    static read_image images[IMAGES];
    const labelled *l = labelled_net();
    score_each_label(nats);
    classify_to_csv(l->cfg, l->weights, "", images);
    assert_float_equal(number_in(r.out, "accuracy"), .8, 1e-6);
    for (int i = 0; i < IMAGES; ++i) {
        assert_int_equal(images[i].label, l->labels[i]);
        assert_int_equal(images[i].read, i % CLASSES);
        for (int k = 0; k < CLASSES; ++k) assert_float_equal(images[i].nats[k], nats[k][i], 1e-4);
        assert_bayes(images + i);
    }
}

/* A second net, of fewer features and levels and little training: the pool's nats are the mean of the two. */
static void several_nets_pool_their_opinions(void **state)
{
    (void)state;
    static read_image a[IMAGES], b[IMAGES], both[IMAGES];
    const labelled *l = labelled_net();
    char cfg[300], weights[300], more[700];
    snprintf(cfg, sizeof cfg, "%s", scratch("second.cfg"));
    run_command(&r, "sed 's/=4$/=2/; s/filters=8/filters=4/; s/max_batches=300/max_batches=20/' %s >%s", l->cfg, cfg);
    run_command(&r, "%s pixelcnn train %s %s -backup %s -seed 3", darknet(), cfg, l->data, scratch("second"));
    if (r.status) fail_msg("train: %s", r.err);
    snprintf(weights, sizeof weights, "%s/second_final.weights", scratch("second"));
    classify_to_csv(l->cfg, l->weights, "", a);
    classify_to_csv(cfg, weights, "", b);
    assert_int_equal(number_in(r.out, "nets"), 1);
    snprintf(more, sizeof more, "%s %s", cfg, weights);
    classify_to_csv(l->cfg, l->weights, more, both);
    assert_int_equal(number_in(r.out, "nets"), 2);
    assert_null(strstr(r.out, "label_unknown"));
    int right = 0;
    double bits = 0;
    for (int i = 0; i < IMAGES; ++i) {
        for (int k = 0; k < CLASSES; ++k) assert_float_equal(both[i].nats[k], (a[i].nats[k] + b[i].nats[k]) / 2, 1e-4);
        assert_bayes(both + i);
        right += both[i].read == both[i].label;
        bits += both[i].bits / IMAGES;
    }
    assert_int_equal(number_in(r.out, "right"), right);
    assert_float_equal(number_in(r.out, "bits_per_label"), bits, 1e-4);
}

/* ---- score ---- */

static double mean(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += x[i];
    return sum / n;
}

static void score_has_evals_mean(void **state)
{
    (void)state;
    double nats[IMAGES], again[IMAGES];
    char labels[IMAGES][16], wanted[16];
    static char csv[sizeof r.out];
    run_on_net("score", "");
    strcpy(csv, r.out);
    assert_int_equal(read_csv(nats, labels), IMAGES);
    for (int i = 0; i < IMAGES; ++i) {
        snprintf(wanted, sizeof wanted, "%d", labelled_net()->labels[i]);
        assert_string_equal(labels[i], wanted);
    }
    run_on_net("eval", "-json");
    assert_float_equal(number_in(r.out, "nats_per_image"), mean(nats, IMAGES), 1e-5);
    run_on_net("score", "-label given -batch 7");
    assert_int_equal(read_csv(again, 0), IMAGES);
    for (int i = 0; i < IMAGES; ++i) assert_float_equal(nats[i], again[i], 1e-4);
    run_on_net("score", "-limit 7");
    assert_int_equal(read_csv(nats, 0), 7);
    for (int i = 0; i < 7; ++i) assert_float_equal(nats[i], again[i], 1e-4);
    char option[300];
    snprintf(option, sizeof option, "-csv %s", scratch("score.csv"));
    run_on_net("score", option);
    char *file = read_whole(scratch("score.csv"), 0);
    assert_string_equal(file, csv);
    assert_non_null(strstr(r.out, "images 60\n"));
    assert_null(strstr(r.out, "index"));
    free(file);
}

static void score_names_other_labels(void **state)
{
    (void)state;
    double nats[IMAGES], none[IMAGES];
    char labels[IMAGES][16];
    run_on_net("score", "-label none");
    read_csv(none, labels);
    for (int i = 0; i < IMAGES; ++i) assert_string_equal(labels[i], "none");
    run_on_net("score", "-label 0:0.5,1:0.5");
    read_csv(nats, labels);
    for (int i = 0; i < IMAGES; ++i) assert_string_equal(labels[i], "mixed");
    assert_true(memcmp(nats, none, sizeof nats) != 0);
    run_on_net("score", "-label 0,2");
    read_csv(nats, labels);
    for (int i = 0; i < IMAGES; ++i) assert_string_equal(labels[i], i % 2 ? "2" : "0");
}

static void is_image(unsigned char *sheet, int w, int y, int x, int image)
{
    for (int p = 0; p < VALUES; ++p)
        assert_int_equal(*sheet_pixel(sheet, w, y, x, p / WIDTH, p % WIDTH),
                         as_drawn(labelled_net()->pixels[image][p]));
}

/* 17 of each in rows of 16: the second row of each half has one image, then paper. */
static void score_shows_the_extremes(void **state)
{
    (void)state;
    double nats[IMAGES];
    char option[300];
    int w, h, order[IMAGES];
    snprintf(option, sizeof option, "-sheet %s -n 17 -scale 1", scratch("extremes.png"));
    run_on_net("score", option);
    read_csv(nats, 0);
    for (int i = 0; i < IMAGES; ++i) {
        int k = i;
        for (; k && nats[order[k - 1]] > nats[i]; --k) order[k] = order[k - 1];
        order[k] = i;
    }
    unsigned char *sheet = read_grey_png(scratch("extremes.png"), &w, &h);
    assert_int_equal(w, 16 * (WIDTH + 2) - 2);
    assert_int_equal(h, 4 * (HEIGHT + 2) - 2);
    for (int k = 0; k < 17; ++k) {
        is_image(sheet, w, k / 16, k % 16, order[k]);
        is_image(sheet, w, 2 + k / 16, k % 16, order[IMAGES - 1 - k]);
    }
    for (int p = 0; p < VALUES; ++p) assert_int_equal(*sheet_pixel(sheet, w, 1, 1, p / WIDTH, p % WIDTH), 160);
    free(sheet);
    snprintf(option, sizeof option, "-sheet %s -limit 3 -scale 2", scratch("extremes.png"));
    run_on_net("score", option);
    free(read_grey_png(scratch("extremes.png"), &w, &h));
    assert_int_equal(w, 3 * (2 * WIDTH + 2) - 2);
    assert_int_equal(h, 2 * (2 * HEIGHT + 2) - 2);
}

/* The same images from a data set, from a folder of PNGs and from one of them: the same figures, and
   names. */
static void score_takes_single_pictures(void **state)
{
    (void)state;
    static const char head[] = "index,label,nats,bits_per_dim,file\n";
    const labelled *l = labelled_net();
    double nats[IMAGES];
    char folder[256], file[3][320], expected[1000];
    run_on_net("score", "-label 1");
    read_csv(nats, 0);
    snprintf(folder, sizeof folder, "%s", scratch("own, pictures"));
    mkdir(folder, 0777);
    for (int i = 0; i < 3; ++i) {
        snprintf(file[i], sizeof file[i], "%s/%d.png", folder, i);
        write_grey_png(file[i], WIDTH, HEIGHT, l->pixels[i]);
    }
    run_command(&r, "%s pixelcnn score %s %s '%s' -label 1", darknet(), l->cfg, l->weights, folder);
    assert_memory_equal(r.out, head, strlen(head));
    const char *at = r.out + strlen(head);
    for (int i = 0; i < 3; ++i, at = strchr(at, '\n') + 1) {
        assert_float_equal(strtod(at + strlen("0,1,"), 0), nats[i], 1e-4);
        snprintf(expected, sizeof expected, ",\"%s\"\n", file[i]);
        assert_memory_equal(strstr(at, ",\""), expected, strlen(expected));
    }
    assert_int_equal(*at, 0);
    run_command(&r, "%s pixelcnn score %s %s '%s' -label 1", darknet(), l->cfg, l->weights, file[2]);
    assert_float_equal(strtod(r.out + strlen(head) + strlen("0,1,"), 0), nats[2], 1e-4);
    run_command(&r, "%s pixelcnn score %s %s '%s'", darknet(), l->cfg, l->weights, folder);
    assert_non_null(strstr(r.out, "\n2,all,"));
}

static void score_as_json(void **state)
{
    (void)state;
    const labelled *l = labelled_net();
    double nats[IMAGES];
    int least = 0;
    char options[300];
    run_on_net("score", "-limit 9");
    assert_int_equal(read_csv(nats, 0), 9);
    for (int i = 1; i < 9; ++i)
        if (nats[i] >= nats[least]) least = i;
    snprintf(options, sizeof options, "-limit 9 -json -csv %s", scratch("scores.csv"));
    run_on_net("score", options);
    assert_int_equal(number_in(r.out, "images"), 9);
    assert_float_equal(number_in(r.out, "nats_per_image"), mean(nats, 9), 1e-5);
    assert_float_equal(number_in(r.out, "bits_per_dim"), mean(nats, 9) / VALUES / log(2), 1e-6);
    const char *last = strstr(r.out, "\"least_likely\": ");
    assert_non_null(last);
    assert_int_equal(number_in(last, "index"), least);
    assert_float_equal(number_in(last, "bits_per_dim"), nats[least] / VALUES / log(2), 1e-6);
    assert_null(strstr(r.out, "file"));
    free(read_whole(scratch("scores.csv"), 0));
    write_grey_png(scratch("a\"b.png"), WIDTH, HEIGHT, l->pixels[0]);
    run_command(&r, "%s pixelcnn score %s %s '%s' -json", darknet(), l->cfg, l->weights, scratch("a\"b.png"));
    assert_non_null(strstr(r.out, "a\\\"b.png\"}, \"least_likely\": {\"index\": 0, "));
}

TEST_MAIN(cmocka_unit_test(classify_predicts_what_the_image_shows), cmocka_unit_test(classify_as_json_and_limited),
          cmocka_unit_test(classify_is_bayes_rule), cmocka_unit_test(classify_writes_each_image),
          cmocka_unit_test(several_nets_pool_their_opinions), cmocka_unit_test(score_has_evals_mean),
          cmocka_unit_test(score_names_other_labels), cmocka_unit_test(score_shows_the_extremes),
          cmocka_unit_test(score_takes_single_pictures), cmocka_unit_test(score_as_json))
