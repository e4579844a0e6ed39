/*
test_check.c - `pixelcnn check` finds what is wrong: nets of every kind pass, tampered ones do not.
*/
#include <stdlib.h>
#include <string.h>
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "pixelcnn/check/causality.h"
#include "pixelcnn/check/found_field.h"
#include "pixelcnn/net/positions.h"
#include "tests/family.h"
#include "tests/picture_files.h"
#include "tests/support.h"
#include "tests/training.h"

static run_result r;

/* All positions of a net, in order. Free them. */
static int *all_positions(const network *net)
{
    int *at = checked_calloc(net_positions(net), sizeof(int));
    for (int i = 0; i < net_positions(net); ++i) at[i] = i;
    return at;
}

static leak_report leaks_of(network *net)
{
    int *at = all_positions(net);
    init_params(net, 3);
    fill_biases(net, 4);
    leak_report leaks = find_leaks(net, at, net_positions(net), 5);
    free(at);
    return leaks;
}

static field_survey fields_of(network *net)
{
    int *at = all_positions(net);
    set_positive_weights(net, 6);
    field_survey survey = survey_fields(net, at, net_positions(net));
    free(at);
    return survey;
}

static void whole_family_is_as_declared(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        network *net = net_of_text(family[f].cfg, 3);
        leak_report leaks = leaks_of(net);
        if (leaks.leaks) fail_msg("%s: position %d sees position %d", family[f].name, leaks.output, leaks.changed);
        field_survey s = fields_of(net);
        assert_int_equal(s.positions, net_positions(net));
        if (s.differing)
            fail_msg("%s: position %d sees position %d: declared %d, found %d", family[f].name, s.at, s.value, !s.found,
                     s.found);
        assert_true(s.seen > 0 && s.seen <= s.earlier);
        free_network(net);
    }
}

/* A net of the family whose layers of one type are tampered with: all of them, or number `only`, from 0. */
typedef void (*tamper)(layer l);
static network *tampered(const char *name, LAYER_TYPE type, int only, tamper change)
{
    for (int f = 0; f < family_size; ++f) {
        if (strcmp(family[f].name, name)) continue;
        network *net = net_of_text(family[f].cfg, 3);
        for (int i = 0, n = 0; i < net->n; ++i)
            if (net->layers[i].type == type && (only < 0 || only == n++)) change(net->layers[i]);
        return net;
    }
    fail_msg("no net '%s' in the family", name);
    return 0;
}

static void no_shift_in_link(layer l) { hstack_of(&l)->link.top = 0; }
static void one_column_on(layer l)
{
    causal_conv *k = &hstack_of(&l)->conv;
    k->left -= 1;
    free_conv(k);
    init_conv(k, hstack_of(&l)->from == FROM_IMAGE ? 0 : 1, 2);
}
static void one_row_less(layer l) { vstack_of(&l)->conv.top -= 1; }
static void shift_in_vertical(layer l) { vstack_of(&l)->conv.top += 1; }

static void expect_leak(const char *name, LAYER_TYPE type, int only, tamper change)
{
    network *net = tampered(name, type, only, change);
    leak_report leaks = leaks_of(net);
    if (!leaks.leaks) fail_msg("%s: the planted leak is not found", name);
    assert_in_range(leaks.output, 0, leaks.changed);
    field_survey s = fields_of(net);
    assert_true(s.differing > 0);
    assert_int_equal(s.found, 1);
    free_network(net);
}

static void planted_leaks_are_found(void **state)
{
    (void)state;
    const char *const names[] = {"no label", "spatial label", "head on a horizontal layer", "colour"};
    for (int i = 0; i < 4; ++i)
        for (int only = 0; only < 2; ++only) {
            expect_leak(names[i], GATED_HSTACK, only, no_shift_in_link);
            expect_leak(names[i], GATED_HSTACK, only, one_column_on);
            expect_leak(names[i], GATED_VSTACK, only, one_row_less);
        }
    expect_leak("factored", GATED_VSTACK, 2, one_row_less);
}

/* Colour's order broken by one weight: the first channel's features see the current value of the last. */
static void planted_colour_leak_is_found(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        network *net = net_of_text(family[f].cfg, 3);
        int first = 0;
        while (net->layers[first].type != GATED_HSTACK) ++first;
        gated_hstack *h = hstack_of(&net->layers[first]);
        int *at = all_positions(net);
        if (net->c == 3) {
            fill_biases(net, 4);
            h->w->value[(size_t)h->conv.cin * h->conv.kw - 1] = 1; // row 0, the last channel, the current column
            leak_report leaks = find_leaks(net, at, net_positions(net), 5);
            assert_int_equal(leaks.leaks, net->h * net->w);
            assert_int_equal(leaks.changed, 2);
            assert_int_equal(leaks.output, 0);
        }
        free(at);
        free_network(net);
    }
}

/* The shift in each vertical layer and none in the link, as several public implementations have it: causal,
   but row r-1 is hidden beyond the first layer's columns. */
static void expect_blind_spot(const char *name)
{
    network *net = tampered(name, GATED_VSTACK, -1, shift_in_vertical);
    for (int i = 0; i < net->n; ++i)
        if (net->layers[i].type == GATED_HSTACK) no_shift_in_link(net->layers[i]);
    assert_int_equal(leaks_of(net).leaks, 0);
    field_survey s = fields_of(net);
    if (!s.differing) fail_msg("%s: the planted blind spot is not seen as a difference", name);
    if (!s.blind) fail_msg("%s: the planted blind spot is not reported", name);
    assert_int_equal(s.found, 0);
    assert_true(s.unseen < s.blind_at);
    free_network(net);
}

static void planted_blind_spots_are_found(void **state)
{
    (void)state;
    expect_blind_spot("no label");
    expect_blind_spot("label as it is");
    expect_blind_spot("head on a horizontal layer");
    expect_blind_spot("colour");
}

/* On 5 x 5 pixels, two layers of 3 x 3 without stacks, from the middle: the right end of the row above is
   hidden. */
static void plain_stack_has_the_known_blind_spot(void **state)
{
    (void)state;
    static const unsigned char plain[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0};
    static const unsigned char ours[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
    char *text = read_whole("cfg/blind_spot.cfg", 0);
    network *net = net_of_text(text, 1);
    unsigned char field[25];
    int first = -1;
    plain_stack_field(net, 12, field);
    assert_memory_equal(field, plain, sizeof plain);
    assert_int_equal(count_blind_values(net, 12, field, &first), 1);
    assert_int_equal(first, 9);
    declared_field(net, 12, field);
    assert_memory_equal(field, ours, sizeof ours);
    assert_int_equal(count_blind_values(net, 12, field, &first), 0);
    for (int i = 12; i < 25; ++i) assert_int_equal(field[i], 0);
    free(text);
    free_network(net);
}

static void check_pixel(const unsigned char *pixels, int width, int row, int column, int red, int green, int blue)
{
    const unsigned char *p = pixels + ((row * 48 + 24) * width + column * 48 + 24) * 3;
    if (p[0] != red || p[1] != green || p[2] != blue)
        fail_msg("row %d, column %d is drawn as %d %d %d", row, column, p[0], p[1], p[2]);
}

static void pictures_show_the_field(void **state)
{
    (void)state;
    for (int plain = 0; plain < 2; ++plain) {
        const char *png = scratch("field.png");
        int w, h, c;
        run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg -pixel 2,2 %s -out %s", darknet(), plain ? "-plain" : "",
                    png);
        assert_int_equal(r.status, 0);
        unsigned char *pixels = read_png_file(png, &w, &h, &c);
        assert_int_equal(c, 3);
        assert_int_equal(w, 5 * 48 + 1);
        assert_int_equal(h, 5 * 48 + 1);
        check_pixel(pixels, w, 2, 2, 214, 69, 65);
        check_pixel(pixels, w, 1, 3, 66, 133, 190);
        check_pixel(pixels, w, 2, 3, 225, 225, 225);
        if (plain)
            check_pixel(pixels, w, 1, 4, 245, 200, 66);
        else
            check_pixel(pixels, w, 1, 4, 66, 133, 190);
        free(pixels);
    }
}

static void expect_out(const char *words)
{
    if (!strstr(r.out, words)) fail_msg("expected '%s' in:\n%s%s", words, r.out, r.err);
}

static void command_on_blind_spot_cfg(void **state)
{
    (void)state;
    run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg -strict", darknet());
    assert_int_equal(r.status, 0);
    expect_out("causality: 25 of 25 positions, random weights: no leak\n");
    expect_out("receptive field: 25 of 25 positions, found on the network: as declared\n");
    expect_out("blind spot: none\n");
    run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg -plain", darknet());
    assert_int_equal(r.status, 0);
    expect_out("not this network");
    expect_out("blind spot: at ");
    run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg -plain -strict", darknet());
    assert_int_equal(r.status, 1);
}

static void command_on_the_default_net(void **state)
{
    (void)state;
    char words[128];
    int positions = repeats(4, 16);
    run_command(&r, "%s pixelcnn check cfg/gated_pixelcnn.cfg -strict -limit %d", darknet(), positions);
    assert_int_equal(r.status, 0);
    snprintf(words, sizeof words, "causality: %d of 784 positions, evenly spaced, random weights: no leak\n",
             positions);
    expect_out(words);
    expect_out("found on the network: as declared\n");
    expect_out("blind spot: none\n");
    expect_out("coverage: ");
    assert_true(atof(strstr(r.out, "coverage: ") + strlen("coverage: ")) >= .95);
}

/* Every net that ships, at a few positions each; without SOAK=1 not the last three, which take half a
   minute. */
static void command_on_shipped_nets(void **state)
{
    (void)state;
    static const char *const names[] = {"gated_pixelcnn_demo", "guidance",  "cifar10",     "bench/small4",
                                        "bench/dilated256",    "blog_4way", "blog_256way", "bench/blog4"};
    int n = sizeof names / sizeof *names;
    for (int i = 0; i < repeats(n - 3, n); ++i) {
        run_command(&r, "%s pixelcnn check cfg/%s.cfg -strict -limit %d", darknet(), names[i], repeats(2, 8));
        if (r.status) fail_msg("%s: %s%s", names[i], r.out, r.err);
        expect_out("coverage: ");
    }
}

static void command_with_weights(void **state)
{
    (void)state;
    char *text = read_whole("cfg/blind_spot.cfg", 0), weights[256];
    network *net = net_of_text(text, 9);
    strcpy(weights, scratch("some.weights"));
    save_weights(net, weights);
    run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg %s", darknet(), weights);
    assert_int_equal(r.status, 0);
    expect_out("some.weights: no leak\n");
    run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg %s.none", darknet(), weights);
    assert_int_equal(r.status, 1);
    free_network(net);
    free(text);
}

static void command_as_json(void **state)
{
    (void)state;
    run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg -json", darknet());
    assert_int_equal(r.status, 0);
    assert_string_equal(
        r.out, "{\"parameters\": 558, \"multiply_adds\": 11760, \"causality\": {\"positions\": 25, \"of\": 25, "
               "\"leaks\": 0}, \"receptive_field\": {\"positions\": 25, \"differing\": 0, \"blind\": 0, "
               "\"coverage\": 0.686667}}\n");
    assert_non_null(strstr(r.err, "blind spot: none\n"));
    run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg -plain -json", darknet());
    assert_string_equal(r.out, "{\"plain\": true, \"positions\": 25, \"blind\": 9, \"coverage\": 0.520000}\n");
}

static void wrong_pixels_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"2", "2,", "2,2,2", "5,0", "0,5", "-1,0", "a,b"};
    for (int i = 0; i < 7; ++i) {
        run_command(&r, "%s pixelcnn check cfg/blind_spot.cfg -pixel %s", darknet(), bad[i]);
        assert_int_equal(r.status, 1);
        if (!strstr(r.err, "-pixel")) fail_msg("-pixel %s: %s", bad[i], r.err);
    }
}

TEST_MAIN(cmocka_unit_test(whole_family_is_as_declared), cmocka_unit_test(planted_leaks_are_found),
          cmocka_unit_test(planted_colour_leak_is_found), cmocka_unit_test(planted_blind_spots_are_found),
          cmocka_unit_test(plain_stack_has_the_known_blind_spot), cmocka_unit_test(pictures_show_the_field),
          cmocka_unit_test(command_on_blind_spot_cfg), cmocka_unit_test(command_on_the_default_net),
          cmocka_unit_test(command_on_shipped_nets), cmocka_unit_test(command_with_weights),
          cmocka_unit_test(command_as_json), cmocka_unit_test(wrong_pixels_are_refused))
