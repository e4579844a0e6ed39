#include <limits.h>
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/results.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/shares.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/watch/task.h"

static void print_text(network *net, likelihood l)
{
    param_list all = net_params(net);
    printf("parameters %zu  levels %d  dims %d\n", all.total, loss_of(net)->levels, l.dims);
    printf("standard errors: ");
    if (l.images > 1)
        print_nats(l.error, l.dims);
    else
        printf("unknown, as there is one image");
    printf("\n");
    print_nats(l.nats, l.dims);
    printf("  images %d\n", l.images);
    free_param_list(&all);
}

static void print_json(network *net, likelihood l)
{
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_nats(&j, l.nats, l.dims);
    json_number(&j, "images", "%d", l.images);
    json_number(&j, "levels", "%d", loss_of(net)->levels);
    if (l.images > 1) {
        json_begin(&j, "standard_error", '{');
        json_nats(&j, l.error, l.dims);
        json_end(&j, '}');
    } else
        json_number(&j, "standard_error", "null");
    json_end(&j, '}');
}

static int limit, json, batch = 50, seed;
static const char *background;
static const option options[] = {
    {"-limit N", OPTION_INT, &limit, 0, INT_MAX, "use the first N images only; 0: all"},
    {"-batch N", OPTION_INT, &batch, 1, 65536, "images per pass; on a CPU any number gives the same result"},
    {"-binarise_seed N", OPTION_INT, &seed, 0, INT_MAX, "random seed of the images of a net with binarise=bernoulli"},
    BACKGROUND_OPTION(&background),
    {"-json", OPTION_FLAG, &json, 0, 0, "print the result as JSON"}};

static void run_eval(const char **a)
{
    need_stdout("eval", 1);
    set_picture_background(background);
    network *net = parse_pixelcnn_cfg(a[0], (net_overrides){.batch = batch});
    load_weights(net, (char *)a[1]);
    dataset d = load_dataset(a[2], SPLIT_TEST, net);
    binarise_evaluated(&d, net, 0, d.n, seed);
    agree_on_work((named_path[]){{"cfg", a[0]}, {"weights", a[1]}, {0}}, a[2], &d);
    int n = limit && limit < d.n ? limit : d.n;
    need_nats(a[2], n, 1);
    double *nll = checked_calloc(n, sizeof *nll);
    begin_images("evaluating", n, 1);
    share_likelihood(net, &d, n, nll);
    end_task();
    likelihood l = likelihood_of(nll, n, net->truths);
    free(nll);
    (json ? print_json : print_text)(net, l);
    free_dataset(&d);
    free_network(net);
}

const command_form eval_form = {.name = "eval",
                                .arguments = "CFG WEIGHTS DATA",
                                .summary = "print the likelihood of the test set of DATA",
                                .least = 3,
                                .most = 3,
                                WITH(options),
                                .run = run_eval,
                                .shared = 1,
                                .example = "gated_pixelcnn data/mnist -limit 500"};
