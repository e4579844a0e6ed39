/* Darknet's stock train_network on a shuffled stream of images. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "base/signals.h"
#include "base/text.h"
#include "base/threads.h"
#include "base/verbose.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/device_options.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/commands/train_loop.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/train/checkpoint.h"

/* Creates a folder and those above it. Returns 1 if it is new. */
static int make_folder(const char *folder)
{
    char path[4096];
    struct stat there;
    if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path)
        die("%s: cannot create the folder: name too long", folder);
    for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        mkdir(path, 0777); // what matters is whether the last one succeeds
        *slash = '/';
    }
    if (!mkdir(folder, 0777)) return 1;
    int error = errno;
    if (error == EEXIST && !stat(folder, &there)) {
        if (S_ISDIR(there.st_mode)) return 0;
        die("%s: cannot create the folder: a file has this name", folder);
    }
    die("%s: cannot create the folder: %s", folder, strerror(error));
}

static const char *new_report;

/* Removes the folder if nothing was written to it. */
static void leave_empty_report(void) { rmdir(new_report); }

static const char no_report[] = "none";

/* DIR/index.html, or without -report BACKUP/NAME.html. */
static void name_page(training *t)
{
    const char *folder = t->o.report ? t->o.report : t->o.backup, *name = t->o.report ? "index" : t->base;
    if (!strcmp(folder, no_report) && t->o.report) return;
    t->page = checked_malloc(PATH_MAX);
    if (snprintf(t->page, PATH_MAX, "%s/%s.html", folder, name) >= PATH_MAX)
        die("%s/%s.html: name too long", folder, name);
}

static void open_folders(training *t)
{
    lock_backup_folder(t->o.backup, make_folder(t->o.backup));
    remove_leftovers(t->o.backup, t->base);
    name_page(t);
    if (!t->o.report || !t->page) return;
    if (make_folder(t->o.report)) {
        new_report = t->o.report;
        atexit(leave_empty_report);
    }
    remove_leftovers(t->o.report, t->base);
}

static void load_training_set(training *t, const char *data)
{
    t->train = load_dataset(data, SPLIT_TRAIN, t->net);
    t->held = held_out(t->train.n);
    if (!t->held) die("%s: %d training image%s; at least 10 are needed", data, t->train.n, plural_s(t->train.n));
    binarise_evaluated(&t->train, t->net, t->train.n - t->held, t->held, 0);
}

static void start_watching(training *t, const char **a)
{
    watch_request request = {.backup = t->o.backup,
                             .base = t->base,
                             .log = t->o.log,
                             .limit = t->o.seconds,
                             .cfg = a[0],
                             .data = a[1],
                             .report = t->page,
                             .held = t->held};
    t->watch = (watch){.start = what_time_is_it_now(), .first = get_current_batch(t->net)};
    if (is_first_rank()) open_watch(&t->watch, request, t->net, &t->done, t->start.resumed);
    t->looks = (look_plan){.first = t->watch.first,
                           .last = t->net->max_batches,
                           .images = t->net->batch * t->net->subdivisions,
                           .held = t->held,
                           .limit = t->o.seconds};
    refresh_pictures(t, REFRESH_NOW);
}

/* Each rank has its own device. */
static device_list choose_devices(const training *t)
{
    device_list devices = read_device_list(t->o.gpus);
    if (rank_count() == 1) return devices;
    if (t->o.gpus)
        die("-gpus %s: each of %d ranks has one device; start as many ranks as devices instead", t->o.gpus,
            rank_count());
    if (BUILDING_ON_DEVICE) gpu_index += this_local_rank();
    return devices;
}

/* Builds the net, with new weights or those of the file. */
static void make_net(training *t, const char **a, int parts)
{
    t->net = parse_pixelcnn_cfg(a[0], (net_overrides){.training = 1, .parts = parts});
    init_params(t->net, t->o.seed);
    if (a[2]) load_weights(t->net, (char *)a[2]);
    t->cfg = a[0];
    t->base = base_of_cfg(a[0]);
    t->sum = make_batch_sum(t->net);
}

/* Only rank 0 uses the backup folder; all ranks need cfg, data and weights. */
static void start_training(training *t, const char **a)
{
    t->done = (training_progress){.seed = t->o.seed, .images = t->train.n - t->held, .best = -1, .average = -1};
    start_request request = {.net = t->net,
                             .cfg = a[0],
                             .weights = a[2],
                             .backup = t->o.backup,
                             .base = t->base,
                             .resume = t->o.resume,
                             .clear = t->o.clear,
                             .seed = t->o.seed,
                             .seed_given = t->o.seed_given,
                             .data = &t->train};
    if (is_first_rank()) t->start = choose_start(&request, &t->done);
    if (is_first_rank()) t->kept = t->start.resumed && has_checkpoint(t->o.backup, t->base);
    share_start_of_training(t);
}

/* Returns 0 if nothing is left to do. */
static int prepare(training *t, const char **a)
{
    device_list devices = choose_devices(t);
    make_net(t, a, devices.n);
    network *net = t->net;
    if (is_first_rank()) open_folders(t);
    if (is_first_rank()) check_train_outputs(t, a[0], a[2]);
    load_training_set(t, a[1]);
    agree_on_work((named_path[]){{"cfg", a[0]}, {"weights", a[2]}, {0}}, a[1], &t->train);
    start_training(t, a);
    if (t->start.finished && !t->done.due) return 0;
    if (is_first_rank()) choose_class_names(t, a[2]); // for what is saved and drawn
    find_pixelcnn_net(net)->seed = t->done.seed;
    if (label_of(net)) label_of(net)->seed = t->done.seed;
    if (GPU_BUILD && devices.n > 1) t->devices = make_device_group_gpu(net, a[0], &devices);
    t->order = make_image_stream(t->done.images, t->done.seed);
    index_range own = batch_share(t->sum);
    t->rows.X = make_matrix(own.end - own.from, net->inputs);
    t->rows.y = make_matrix(own.end - own.from, net->truths);
    start_watching(t, a);
    return 1;
}

/* With the options in t->o. Returns the exit status. */
static int train(training *t, const char **a)
{
    int status = 0;
    if (prepare(t, a)) {
        stop_on_signals();
        train_all(t);
        status = training_outcome(t);
    } else {
        suggest_sampling(t);
        print_result(t);
    }
    if (GPU_BUILD && t->devices) free_device_group_gpu(t->devices);
    free_batch_sum(t->sum);
    free_matrix(t->rows.X);
    free_matrix(t->rows.y);
    free_image_stream(&t->order);
    free_dataset(&t->train);
    free(t->base);
    free(t->page);
    free_network(t->net);
    return status;
}

static train_options asked = {.backup = "backup", .resume = "auto", .save_every = 1000, .eval_every = EVAL_AUTOMATIC};
static const option options[] = {
    {"-backup DIR", OPTION_TEXT, &asked.backup, 0, 0, "write checkpoints to DIR"},
    {"-seed N", OPTION_INT, &asked.seed, 0, INT_MAX,
     "random seed of initial weights, image order, label dropout and policy=random"},
    {"-save_every N", OPTION_INT, &asked.save_every, 0, INT_MAX,
     "save a checkpoint every N iterations; 0: only at the end"},
    {"-eval_every N", OPTION_INT, &asked.eval_every, EVAL_AUTOMATIC, INT_MAX,
     "validate every N iterations; 0: only at the end; -1: every 1000, and after each tenth of the run"},
    {"-sample_every N", OPTION_INT, &asked.sample_every, 0, INT_MAX,
     "draw samples every N iterations to BACKUP/NAME_ITERATION.png; 0: never"},
    {"-seconds X", OPTION_FLOAT, &asked.seconds, 0, 1e9, "stop after X seconds; 0: run to max_batches"},
    {"-log FILE", OPTION_TEXT, &asked.log, 0, 0, "write a CSV line per iteration to FILE; default: BACKUP/NAME.csv"},
    {"-report none|DIR", OPTION_TEXT, &asked.report, 0, 0,
     "write the report to DIR/index.html; none: write no report; default: BACKUP/NAME.html"},
    {"-resume auto|none|FILE", OPTION_TEXT, &asked.resume, 0, 0,
     "auto: the checkpoint in -backup, if any; none; or a .state file, whatever its cfg and data"},
    {"-clear", OPTION_FLAG, &asked.clear, 0, 0,
     "ignore the checkpoint in -backup and start from new weights, or from WEIGHTS"},
    {"-skip_bad N", OPTION_INT, &asked.skip_bad, 0, INT_MAX,
     "skip up to N batches with NaN or infinity before giving up"},
    {"-gpus LIST", OPTION_TEXT, &asked.gpus, 0, 0, "devices that share the work, such as 0,1; default: the one of -i"},
    BACKGROUND_OPTION(&asked.background),
    {"-json", OPTION_FLAG, &asked.json, 0, 0, "print the result as JSON instead of the name of the weights"},
};

static void run_train(const char **a)
{
    training t = {.o = asked};
    verbose = 1;
    t.o.seed_given = is_given("-seed");
    need_stdout("train", t.o.json);
    set_picture_background(t.o.background);
    catch_signals();
    int status = train(&t, a);
    if (status) end_ranks();
    if (status) exit(status);
}

const command_form train_form = {.name = "train",
                                 .arguments = "CFG DATA [WEIGHTS]",
                                 .summary = "train on DATA, from WEIGHTS if given",
                                 .least = 2,
                                 .most = 3,
                                 WITH(options),
                                 .run = run_train,
                                 .shared = 1,
                                 .example = "gated_pixelcnn_demo data/mnist -sample_every 500"};
