/* What the ranks of `train` agree on and tell each other. */
#include "base/ranks.h"
#include "base/signals.h"
#include "pixelcnn/commands/train_loop.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/train/solver.h"

/* What rank 0 has found in the backup folder, which the others need not see. */
typedef struct {
    training_progress done;
    uint64_t seen;
    int step, resumed, finished, kept;
} shared_start;

static void share_arrays(network *net)
{
    solver *s = net_solver(net);
    size_t bytes = s->params.total * sizeof(float);
    if (ON_DEVICE(net)) pull_net(net);
    for (int i = 0; i < s->params.n; ++i) broadcast(s->params.p[i].value, s->params.p[i].n * sizeof(float));
    broadcast(s->m, bytes);
    if (s->v) broadcast(s->v, bytes);
    if (s->average) broadcast(s->average, bytes);
    if (ON_DEVICE(net)) push_net(net);
}

void share_start_of_training(training *t)
{
    if (rank_count() == 1) return;
    network *net = t->net;
    shared_start x = {.done = t->done,
                      .seen = *net->seen,
                      .step = *net->t,
                      .resumed = t->start.resumed,
                      .finished = t->start.finished,
                      .kept = t->kept};
    broadcast(&x, sizeof x);
    t->done = x.done;
    *net->seen = x.seen;
    *net->t = x.step;
    t->start.resumed = x.resumed;
    t->start.finished = x.finished;
    t->kept = x.kept;
    share_arrays(net);
}

int is_stopped(const training *t) { return rank_count() > 1 ? t->agreed.signal : stop_signal(); }

static void agree_on_signal(training *t) { t->agreed.signal = any_rank(stop_signal()); }

int take_save_request(training *t)
{
    if (rank_count() == 1) return take_save_signal();
    int asked = t->agreed.save;
    t->agreed.save = 0;
    return asked;
}

double seconds_of_run(const training *t)
{
    return rank_count() > 1 ? t->agreed.seconds : what_time_is_it_now() - t->watch.start;
}

float train_shared_batch(training *t)
{
    rank_news news = {stop_signal(), 0, what_time_is_it_now() - t->watch.start};
    if (rank_count() > 1) news.save = take_save_signal();
    float nats = train_batch(t->sum, t->rows, &news);
    t->agreed = news;
    return nats;
}

likelihood share_validation(training *t, int images)
{
    int values = t->net->truths;
    double *nll = checked_calloc(images, sizeof *nll);
    index_range r = my_share(images);
    if (r.end > r.from)
        evaluate_likelihood(t->net, &t->train, t->order.n + (int)r.from, (int)(r.end - r.from), nll + r.from);
    gather_shares(nll, images, sizeof *nll);
    agree_on_signal(t);
    likelihood l = likelihood_of(nll, images, values);
    free(nll);
    return l;
}
