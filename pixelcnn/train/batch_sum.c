#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/rank_sum.h"
#include "base/signals.h"
#include "base/text.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/batch_sum.h"
#include "pixelcnn/train/batch_sum_gpu.h"
#include "pixelcnn/train/solver.h"

struct batch_sum {
    network *net;
    int images;         // of a batch
    index_range own;    // of them, this rank's
    image_node *passes; // (npasses)
    int npasses;
    double *costs;   // (images) of the batch, in nats; on a device the first image of a pass has those of all
    rank_sum *ranks; // NULL: alone
    double seconds;  // of the exchange
    int joined;      // 1: the ranks' devices, by NCCL
    /* What travels with the sum, of each rank. */
    rank_news *news;
    void **costs_of, **news_of;
    size_t *costs_bytes, *news_bytes;
};

/* ---- sums of nodes ---- */

static void add_to_updates(const param_list *all, const float *sum)
{
    for (int i = 0; i < all->n; sum += all->p[i++].n) add_by_all_threads(all->p[i].n, sum, all->p[i].update);
}

static void move_updates(const param_list *all, float *to)
{
    for (int i = 0; i < all->n; to += all->p[i++].n) {
        memcpy(to, all->p[i].update, all->p[i].n * sizeof(float));
        memset(all->p[i].update, 0, all->p[i].n * sizeof(float));
    }
}

/* A buffer for one more sum; the next batch uses it again. */
static float *next_sum(solver *s, image_node node)
{
    int i = s->nsums++;
    if (i == s->sums_made) {
        s->sums = checked_realloc(s->sums, (i + 1) * sizeof *s->sums);
        s->sums[i].sum = aligned_floats(s->params.total);
        ++s->sums_made;
    }
    s->sums[i].node = node;
    return s->sums[i].sum;
}

/* Merges a node whose updates are complete with its sibling, as often as possible; without one, sets them
   aside. */
static void add_node(network *net, int images, image_node node)
{
    solver *s = net_solver(net);
    while (s->nsums && are_siblings(images, s->sums[s->nsums - 1].node, node)) {
        const node_sum *left = s->sums + --s->nsums;
        add_to_updates(&s->params, left->sum);
        node = (image_node){left->node.first, left->node.n + node.n};
    }
    if (node.n < images) move_updates(&s->params, next_sum(s, node));
}

int add_pass(network *net)
{
    pixelcnn_net *own = find_pixelcnn_net(net);
    int last = 0, images = own->batch;
    image_node node = own->pass;
    if (!own->batch) { // Darknet counts; each of its passes is a leaf
        node = (image_node){own->passes++, 1};
        images = net->subdivisions;
        last = own->passes >= images;
        if (last) own->passes = 0;
    }
    if (!ON_DEVICE(net) && node.n < images) add_node(net, images, node);
    return last;
}

/* ---- the sum over ranks ---- */

static double cost_of_batch(const batch_sum *s)
{
    double cost = 0;
    for (int i = 0; i < s->images; ++i) cost += s->costs[i];
    return cost;
}

static void join_news(batch_sum *s)
{
    rank_news *all = s->news + this_rank();
    all->seconds = s->news->seconds;
    for (int r = 0; r < rank_count(); ++r) {
        if (s->news[r].signal > all->signal) all->signal = s->news[r].signal;
        all->save |= s->news[r].save;
    }
}

/* Through host memory. */
static void sum_in_memory(batch_sum *s, const param_list *params, const side_message *side, int n)
{
    solver *own = net_solver(s->net);
    if (ON_DEVICE(s->net)) {
        pull_updates_gpu(params);
        move_updates(params, next_sum(own, (image_node){this_rank(), 1}));
    }
    float **sums = checked_calloc(own->nsums, sizeof *sums);
    for (int i = 0; i < own->nsums; ++i) sums[i] = own->sums[i].sum;
    sum_over_ranks(s->ranks, sums, side, n);
    add_to_updates(params, sums[0]);
    if (ON_DEVICE(s->net)) push_updates_gpu(params);
    own->nsums = 0;
    free(sums);
}

/* The solver's sum_updates. */
static void sum_updates_of_ranks(const param_list *params, void *context)
{
    batch_sum *s = context;
    double start = what_time_is_it_now();
    rank_news *own = s->news + this_rank();
    if (!own->signal) own->signal = stop_signal(); // one that came during the passes need not wait for another update
    side_message side[] = {{s->costs + s->own.from, s->costs_of, s->costs_bytes},
                           {s->news + this_rank(), s->news_of, s->news_bytes}};
    if (ON_DEVICE(s->net) && s->joined) {
        exchange_side_messages(side, 2);
        sum_rank_devices_gpu(params);
    } else {
        sum_in_memory(s, params, side, 2);
    }
    *s->net->cost = (float)cost_of_batch(s);
    s->seconds += what_time_is_it_now() - start;
}

/* ---- an update ---- */

static void take_costs(batch_sum *s, image_node pass)
{
    if (ON_DEVICE(s->net)) {
        memset(s->costs + pass.first, 0, pass.n * sizeof(double));
        s->costs[pass.first] = *s->net->cost;
    } else {
        memcpy(s->costs + pass.first, loss_of(s->net)->nll, pass.n * sizeof(double));
    }
}

/* seen: images before the batch. */
static void train_pass(batch_sum *s, image_node pass, size_t seen, data rows)
{
    network *net = s->net;
    size_t at = pass.first - s->own.from;
    find_pixelcnn_net(net)->pass = pass;
    if (net->batch != pass.n) set_batch_network(net, pass.n);
    *net->seen = seen + pass.first;
    rows.X.vals += at;
    rows.y.vals += at;
    rows.X.rows = rows.y.rows = pass.n;
    train_network(net, rows);
    take_costs(s, pass);
}

/* A rank whose own passes were finite finds NaN or infinity in a gradient only; the first rank that found it
   elsewhere names the place. */
static void name_place(solver *s)
{
    enum { BYTES = sizeof s->where };
    if (rank_count() == 1) return;
    char *all = checked_calloc(rank_count(), BYTES);
    memcpy(all + (size_t)this_rank() * BYTES, s->where, BYTES);
    gather_shares(all, rank_count(), BYTES);
    for (int r = 0; s->nonfinite == NONFINITE_BATCH && r < rank_count(); ++r) {
        if (strstr(all + (size_t)r * BYTES, "gradient of")) continue; // of the sum: on all ranks the same
        snprintf(s->where, BYTES, "rank %d on %.60s: %.170s", r, rank_host(r), all + (size_t)r * BYTES);
        break;
    }
    free(all);
}

float train_batch(batch_sum *s, data rows, rank_news *news)
{
    network *net = s->net;
    pixelcnn_net *own = find_pixelcnn_net(net);
    solver *how = net_solver(net);
    size_t seen = *net->seen;
    int batch = net->batch;
    s->news[this_rank()] = *news;
    own->batch = s->images;
    for (int i = 0; i < s->npasses; ++i) train_pass(s, s->passes[i], seen, rows);
    own->batch = 0;
    if (net->batch != batch) set_batch_network(net, batch);
    *net->seen = seen + s->images;
    *net->cost = (float)cost_of_batch(s); // alone; see sum_updates_of_ranks
    update_network(net);
    own->pass = (image_node){0};
    if (how->nonfinite) name_place(how);
    if (s->ranks) join_news(s);
    *news = s->news[this_rank()];
    return *net->cost / s->images;
}

/* ---- making ---- */

static void plan_passes(batch_sum *s)
{
    int most = s->net->batch, images = (int)(s->own.end - s->own.from), device = ON_DEVICE(s->net);
    s->npasses = device ? (images + most - 1) / most : cut_range(s->images, s->own, most, 0);
    s->passes = checked_calloc(s->npasses, sizeof *s->passes);
    if (!device) cut_range(s->images, s->own, most, s->passes);
    for (int i = 0, at = (int)s->own.from; device && i < s->npasses; ++i, at += most) {
        int left = (int)s->own.end - at;
        s->passes[i] = (image_node){at, left < most ? left : most};
    }
}

static void open_ranks(batch_sum *s)
{
    int n = rank_count();
    solver *own = net_solver(s->net);
    s->ranks = checked_calloc(1, sizeof *s->ranks);
    *s->ranks = make_rank_sum(ON_DEVICE(s->net) ? n : s->images, own->params.total);
    s->costs_of = checked_calloc(n, sizeof(void *));
    s->news_of = checked_calloc(n, sizeof(void *));
    s->costs_bytes = checked_calloc(n, sizeof(size_t));
    s->news_bytes = checked_calloc(n, sizeof(size_t));
    for (int r = 0; r < n; ++r) {
        index_range x = tree_share(s->images, n, r);
        s->costs_of[r] = s->costs + x.from;
        s->costs_bytes[r] = (x.end - x.from) * sizeof(double);
        s->news_of[r] = s->news + r;
        s->news_bytes[r] = sizeof(rank_news);
    }
    own->sum_updates = sum_updates_of_ranks;
    own->context = s;
    if (ON_DEVICE(s->net)) s->joined = open_rank_devices_gpu();
}

batch_sum *make_batch_sum(network *net)
{
    batch_sum *s = checked_calloc(1, sizeof *s);
    int n = rank_count();
    s->net = net;
    s->images = net->batch * net->subdivisions;
    if (n > s->images)
        die("%d ranks cannot share a batch of %d image%s (batch=, and its subdivisions): start at most %d, or set "
            "batch=%d",
            n, s->images, plural_s(s->images), s->images, n);
    s->own = tree_share(s->images, n, this_rank());
    s->costs = checked_calloc(s->images, sizeof *s->costs);
    s->news = checked_calloc(n, sizeof *s->news);
    plan_passes(s);
    if (n > 1) open_ranks(s);
    return s;
}

void free_batch_sum(batch_sum *s)
{
    if (!s) return;
    if (s->ranks) {
        if (ON_DEVICE(s->net) && s->joined) close_rank_devices_gpu();
        free_rank_sum(s->ranks);
        net_solver(s->net)->sum_updates = 0;
    }
    free(s->ranks);
    free(s->passes);
    free(s->costs);
    free(s->news);
    free(s->costs_of);
    free(s->news_of);
    free(s->costs_bytes);
    free(s->news_bytes);
    free(s);
}

double seconds_of_exchange(const batch_sum *s) { return s->seconds; }

index_range batch_share(const batch_sum *s) { return s->own; }
