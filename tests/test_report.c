/*
test_report.c - the HTML report of a training run, as a file and in a browser. Without chromium the latter is
skipped.
*/
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/net/network_size.h"
#include "pixelcnn/watch/html_report.h"
#include "pixelcnn/watch/html_text.h"
#include "tests/picture_files.h"
#include "tests/training.h"

static run_result r;

static void need(const char *page, const char *word)
{
    if (!strstr(page, word)) fail_msg("the page has no '%s'", word);
}

static char *page_in(const char *folder)
{
    char file[300];
    snprintf(file, sizeof file, "%s/page/index.html", folder);
    return read_whole(file, 0);
}

/* Nothing but what is in the page, and no script. */
static void is_self_contained(const char *page)
{
    assert_memory_equal(page, "<!doctype html>\n", 16);
    need(page, "default-src 'none'");
    assert_int_equal(times_in(page, "src=\"") + times_in(page, "srcset=\""),
                     times_in(page, "=\"data:image/png;base64,"));
    static const char *const never[] = {"http://", "https://", "<script", "<link", "url(", "@import"};
    for (int i = 0; i < 6; ++i) assert_null(strstr(page, never[i]));
}

/* A run with a report and sheets at iterations 8, 16 and 24, from a cfg with text that could be HTML. */
static const char *trained(void)
{
    static char folder[256];
    if (folder[0]) return folder;
    strcpy(folder, fresh_folder("reported"));
    run_command(
        &r,
        "mkdir %s; (echo '# <b>\"me\" & '\"'you'\"'</b>'; cat %s) >%s/tiny.cfg; %s pixelcnn train %s/tiny.cfg %s "
        "-backup %s -eval_every 6 -sample_every 8 -report %s/page",
        folder, tiny_cfg(), folder, darknet(), folder, tiny_data(), folder, folder);
    if (r.status) fail_msg("%s", r.err);
    return folder;
}

static void the_page_holds_what_it_should(void **state)
{
    (void)state;
    char word[256];
    char *page = page_in(trained());
    is_self_contained(page);
    need(page, "<title>tiny: finished</title>");
    assert_null(strstr(page, "http-equiv=\"refresh\""));
    assert_null(strstr(page, "<b>"));
    need(page, "<pre><code># &lt;b&gt;&quot;me&quot; &amp; &#39;you&#39;&lt;/b&gt;\n[net]\nbatch=4\n");
    assert_int_equal(times_in(page, "data:image/png;base64,"), 4 + 3 + 1 + 1); // four charts, sheets, maps, field
    static const char *const words[] = {"<figcaption>iteration 8</figcaption>",
                                        "<figcaption>iteration 16</figcaption>",
                                        "<figcaption>iteration 24</figcaption>",
                                        "<dd>24 <small>of 24</small>",
                                        "<dt>seen</dt><dd>96 <small>images</small></dd>",
                                        "<dt>learning rate</dt><dd>0.01</dd>",
                                        "prefers-color-scheme: dark",
                                        "<progress max=\"1\" value=\"1.0000\">100 %</progress>"};
    for (int i = 0; i < 8; ++i) need(page, words[i]);
    network *net = tiny_net();
    snprintf(word, sizeof word, "<dt>parameters</dt><dd>%zu</dd>", size_of_network(net).parameters);
    need(page, word);
    free_network(net);
    run_command(&r, "tail -1 %s/tiny.csv | cut -d, -f6", trained());
    snprintf(word, sizeof word, "<dt>validation</dt><dd>%.4f <small>bits/dim</small></dd>", atof(r.out));
    need(page, word);
    free(page);
}

/* The pictures are the files, to the bit. */
static void pictures_are_the_files(void **state)
{
    (void)state;
    run_command(&r,
                "cd %s && grep -o 'base64,[^\"]*\" alt=\"samples after iteration 16' page/index.html | cut -d, -f2 | "
                "cut -d'\"' -f1 | base64 -d | cmp - tiny_00000016.png",
                trained());
    assert_int_equal(r.status, 0);
    run_command(&r,
                "cd %s && grep -o 'base64,[^\"]*\" alt=\"bits/dim' page/index.html | cut -d, -f2 | cut -d'\"' -f1 | "
                "base64 -d | cmp - chart.png",
                trained());
    assert_int_equal(r.status, 0);
    static const char *const plain[] = {"", "f", "fo", "foo", "foob"}; // RFC 4648
    static const char *const coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="};
    for (int i = 0; i < 5; ++i) {
        char *text = 0;
        size_t n;
        FILE *f = open_memstream(&text, &n);
        put_base64(f, (const unsigned char *)plain[i], strlen(plain[i]));
        fclose(f);
        assert_string_equal(text, coded[i]);
        free(text);
    }
}

static void sheets_from_before_a_resume_are_shown(void **state)
{
    (void)state;
    char folder[256], options[600];
    strcpy(folder, fresh_folder("resumed[1]")); // not a pattern
    train_part(&r, folder, 12, "-sample_every 5");
    assert_int_equal(r.status, 0);
    run_command(&r, "touch %s/tiny_00000099.png %s/tiny_5x.png", folder, folder); // not from this run
    snprintf(options, sizeof options, "-sample_every 10 -report %s/page", folder);
    resume_training(&r, folder, options);
    assert_int_equal(r.status, 0);
    char *page = page_in(folder);
    static const int at[] = {5, 10, 12, 20, 24};
    for (int i = 0; i < 5; ++i) {
        char word[64];
        snprintf(word, sizeof word, ">iteration %d<", at[i]);
        need(page, word);
    }
    assert_int_equal(times_in(page, "samples after iteration"), 5);
    assert_true(strstr(page, ">iteration 5<") > strstr(page, ">iteration 24<"));
    free(page);
}

static void a_failed_run_says_so(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("failing"));
    run_command(&r,
                "sed 's/adam=1/adam=1\\npolicy=steps\\nsteps=5,6,7,8,9\\nscales=1e6,1e6,1e6,1e6,1e6/' %s >%s.cfg; "
                "%s pixelcnn train %s.cfg %s -backup %s -report %s/page",
                tiny_cfg(), folder, darknet(), folder, tiny_data(), folder, folder);
    assert_int_equal(r.status, 3);
    char *page = page_in(folder);
    is_self_contained(page);
    need(page, ": failed</title>");
    need(page, "<p class=\"message\">iteration ");
    assert_null(strstr(page, "http-equiv=\"refresh\""));
    free(page);
    run_command(&r, "%s pixelcnn train %s -backup %s -report %s-none -resume %s", darknet(), tiny_train(), folder,
                folder, tiny_cfg());
    assert_int_equal(r.status, 1);
    char none[300];
    snprintf(none, sizeof none, "%s-none", folder);
    assert_false(file_exists(none));
    run_command(&r, "%s pixelcnn train %s -backup %s -report %s", darknet(), tiny_train(), folder, tiny_cfg());
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "cannot create the folder"));
}

/* Without -report the page lies beside the weights; -report none writes none. */
static void there_is_a_page_unless_none_is_wanted(void **state)
{
    (void)state;
    char folder[280], file[300], word[1024];
    snprintf(folder, sizeof folder, "%s/it's mine", fresh_folder("unasked"));
    run_command(&r, "OMP_NUM_THREADS=2 %s pixelcnn train %s %s -backup \"%s\" -seed 7", darknet(), tiny_cfg(),
                tiny_data(), folder);
    if (r.status) fail_msg("%s", r.err);
    snprintf(file, sizeof file, "%s/tiny.html", folder);
    char *page = read_whole(file, 0);
    is_self_contained(page);
    snprintf(word, sizeof word, " pixelcnn train %s %s -backup &#39;", tiny_cfg(), tiny_data());
    need(page, word);
    need(page, "/it&#39;\\&#39;&#39;s mine&#39; -seed 7</code></dd>");
    snprintf(word, sizeof word, "<dt>data</dt><dd>%s: 36 images for training, 4 held out for validation</dd>",
             tiny_data());
    need(page, word);
    run_command(&r, "printf '<dt>host</dt><dd>%%s, 2 threads, ' \"$(uname -n)\"");
    need(page, r.out);
    run_command(&r, "date '+<dt>start</dt><dd><time datetime=\"%%Y-' | tr -d '\\n'");
    need(page, r.out);
    assert_null(strstr(page, "resumed at"));
    free(page);
    strcpy(folder, fresh_folder("unwanted"));
    train_part(&r, folder, 4, "-report none");
    assert_int_equal(r.status, 0);
    run_command(&r, "find %s none -name '*.html' 2>/dev/null", folder);
    assert_string_equal(r.out, "");
    run_command(&r, "%s pixelcnn train %s %s -backup %s", darknet(), tiny_cfg(), tiny_data(), folder);
    snprintf(file, sizeof file, "%s/tiny.html", folder);
    page = read_whole(file, 0);
    need(page, ", resumed at iteration 4</dd>");
    free(page);
}

/* ---- one page by itself ---- */

static void the_report_of_a_running_run_is_reloaded(void **state)
{
    (void)state;
    static curves c;
    static charts drawn;
    char folder[256], error[512], file[300];
    strcpy(folder, fresh_folder("running"));
    run_command(&r, "mkdir -p %s/page", folder);
    network *net = tiny_net();
    begin_curves(&c);
    snprintf(file, sizeof file, "%s/page/index.html", folder);
    html_report h = open_report((report_subject){.file = file,
                                                 .backup = folder,
                                                 .base = "<net>",
                                                 .cfg = tiny_cfg(),
                                                 .data = "my<data",
                                                 .images = 36,
                                                 .held = 4},
                                net);
    report_figures f = {.now = {.iteration = 3, .iterations = 12, .bits = -1, .validation = -1, .left = 61},
                        .best = -1};
    assert_int_equal(write_report(&h, &drawn, &c, f, error), 0);
    char *page = page_in(folder);
    is_self_contained(page);
    static const char *const words[] = {"<meta http-equiv=\"refresh\" content=\"15\">",
                                        "<title>&lt;net&gt;: training</title>",
                                        "No iteration has finished yet",
                                        "<code>-sample_every N</code>",
                                        "<dt>time left</dt><dd>0:01:01 <small>h:min:s</small></dd>",
                                        "my&lt;data: 36 images for training, 4 held out for validation",
                                        "value=\"0.2500\""};
    for (int i = 0; i < 7; ++i) need(page, words[i]);
    free(page);
    for (int i = 1; i <= 100; ++i) {
        char sheet[300];
        snprintf(sheet, sizeof sheet, "%s/<net>_%08d.png", folder, i);
        write_text(sheet, "a picture");
        add_sheet(&h, i);
    }
    f.state = REPORT_STOPPED;
    assert_int_equal(write_report(&h, &drawn, &c, f, error), 0);
    page = page_in(folder);
    assert_int_equal(times_in(page, "YSBwaWN0dXJl"), 24);
    need(page, ">iteration 1<");
    need(page, ">iteration 100<");
    need(page, ": stopped</title>");
    free(page);
    close_report(&h);
    free_network(net);
}

/* ---- browser ---- */

static void need_browser(void)
{
    if (!system("command -v chromium >/dev/null 2>&1")) return;
    print_message("report in a browser: not tested, chromium is missing\n");
    skip();
}

static void browse(const char *options, const char *file)
{
    run_command(&r,
                "timeout 240 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir=%s %s "
                "file://%s",
                scratch("browser"), options, file);
}

/* What a script that the test adds says of the page in a window of that width. */
static void ask_browser(int width, const char *javascript)
{
    char file[300], options[256];
    run_command(
        &r,
        "cd %s && (grep -v Content-Security page/index.html; echo '<script>onload = () => { document.title = \"said \" "
        "+ [%s].join(\" \") }</script>') >seen.html",
        trained(), javascript);
    snprintf(file, sizeof file, "%s/seen.html", trained());
    snprintf(options, sizeof options, "--window-size=%d,1000 --dump-dom", width);
    browse(options, file);
}

/* The width of each picture; 0 where the browser cannot show it. */
static void a_browser_shows_all_pictures(void **state)
{
    (void)state;
    need_browser();
    ask_browser(
        1300,
        "...[...document.images].map(i => i.naturalWidth), getComputedStyle(document.querySelector(\"dl\")).display");
    need(r.out, "<title>said 1200 414 414 414 506 241 grid</title>");
}

/* On a desktop, in a window of half of it, and on a phone: nothing is wider than the window, every sheet and
   the field is shown at a whole multiple of its size and has an edge, and the chart is the one for that
   width, at its own size where that fits. */
static void pictures_fit_the_window(void **state)
{
    (void)state;
    static const struct {
        int width;
        const char *said;
    } windows[] = {{1300, "<title>said true 1200 1200 414 414 414 506 241 solid</title>"},
                   {800, "<title>said true 720 720 414 414 414 506 241 solid</title>"},
                   {500, "<title>said true 720 468 414 414 414 468 241 solid</title>"}};
    need_browser();
    for (int i = 0; i < 3; ++i) {
        ask_browser(windows[i].width,
                    "document.documentElement.scrollWidth <= innerWidth, document.images[0].naturalWidth, "
                    "...[...document.images].map(i => i.width), "
                    "getComputedStyle(document.images[1]).outlineStyle");
        if (!strstr(r.out, windows[i].said)) fail_msg("%d: %.80s", windows[i].width, strstr(r.out, "<title>said"));
    }
}

/* Pixels of a screenshot that are of that colour. */
static int pixels_of(const unsigned char *shot, int n, int red, int green, int blue)
{
    int found = 0;
    for (int i = 0; i < n; ++i)
        found += abs(shot[i] - red) + abs(shot[n + i] - green) + abs(shot[2 * n + i] - blue) < 12;
    return found;
}

static void a_screenshot_has_chart_and_field(void **state)
{
    (void)state;
    enum { W = 800, H = 3800 };
    static unsigned char shot[3 * W * H];
    char options[512], file[300];
    need_browser();
    const char *png = scratch("shot.png");
    snprintf(options, sizeof options, "--window-size=%d,%d --screenshot=%s", W, H, png);
    snprintf(file, sizeof file, "%s/page/index.html", trained());
    browse(options, file);
    read_png_planes(png, H, W, shot);
    assert_true(pixels_of(shot, W * H, 255, 255, 255) > W * H / 3); // paper
    assert_true(pixels_of(shot, W * H, 41, 110, 181) > 500);        // training, and the progress
    assert_true(pixels_of(shot, W * H, 214, 69, 64) > 500);         // the pixel in the middle
    assert_true(pixels_of(shot, W * H, 66, 133, 190) > 2000);       // what it sees
}

TEST_MAIN(cmocka_unit_test(the_page_holds_what_it_should), cmocka_unit_test(pictures_are_the_files),
          cmocka_unit_test(sheets_from_before_a_resume_are_shown), cmocka_unit_test(a_failed_run_says_so),
          cmocka_unit_test(the_report_of_a_running_run_is_reloaded), cmocka_unit_test(a_browser_shows_all_pictures),
          cmocka_unit_test(pictures_fit_the_window), cmocka_unit_test(there_is_a_page_unless_none_is_wanted),
          cmocka_unit_test(a_screenshot_has_chart_and_field))
