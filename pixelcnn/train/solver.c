#include <math.h>
#include "base/threads.h"
#include "network.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/solver.h"
#include "pixelcnn/train/solver_gpu.h"

static void free_solver(solver *s)
{
    if (GPU_BUILD) free_solver_gpu(s->gpu);
    free(s->m);
    free(s->v);
    free(s->average);
    for (int i = 0; i < s->sums_made; ++i) free(s->sums[i].sum);
    free(s->sums);
    free_param_list(&s->params);
    free(s);
}

void push_solver(solver *s)
{
    if (GPU_BUILD && s->gpu) copy_solver_gpu(s, PUSH_GPU);
}

void pull_solver(solver *s)
{
    if (GPU_BUILD && s->gpu) copy_solver_gpu(s, PULL_GPU);
}

static float *copy_of_weights(const param_list *all)
{
    float *copy = checked_calloc(all->total, sizeof(float)), *to = copy;
    for (int i = 0; i < all->n; to += all->p[i++].n) memcpy(to, all->p[i].value, all->p[i].n * sizeof(float));
    return copy;
}

solver *net_solver(network *net)
{
    pixelcnn_net *own = find_pixelcnn_net(net);
    if (own->solver) return own->solver;
    solver *s = checked_calloc(1, sizeof *s);
    s->params = net_params(net);
    s->replicas = 1;
    s->m = checked_calloc(s->params.total, sizeof(float));
    if (net->adam) s->v = checked_calloc(s->params.total, sizeof(float));
    if (own->ema > 0) s->average = copy_of_weights(&s->params);
    if (ON_DEVICE(net)) make_solver_gpu(s, own->muon > 0);
    own->solver = s;
    own->free_solver = free_solver;
    own->push_solver = push_solver;
    own->pull_solver = pull_solver;
    return s;
}

static void adam_step(solver_step s, size_t n, float *w, float *update, float *m, float *v)
{
#pragma omp simd
    for (size_t k = 0; k < n; ++k) {
        adam_weight(s, w + k, update[k], m + k, v + k);
        update[k] = 0;
    }
}

static void sgd_step(solver_step s, size_t n, float *w, float *update, float *m)
{
#pragma omp simd
    for (size_t k = 0; k < n; ++k) {
        sgd_weight(s, w + k, update[k], m + k);
        update[k] = 0;
    }
}

static void average_step(float keep, size_t n, const float *w, float *average)
{
#pragma omp simd
    for (size_t k = 0; k < n; ++k) average[k] = move_average(keep, average[k], w[k]);
}

static double squares(size_t n, const float *x)
{
    double sum = 0;
    for (size_t k = 0; k < n; ++k) sum += (double)x[k] * x[k];
    return sum;
}

/* The norm of all updates together. */
static double update_norm(const param_list *all)
{
    double sum = 0;
    for (int i = 0; i < all->n; ++i) sum += squares(all->p[i].n, all->p[i].update);
    return sqrt(sum);
}

/* The number of values that the summed gradient is divided by. */
double solver_values(const network *net, const solver *s)
{
    return (double)net->batch * net->subdivisions * s->replicas * net->truths;
}

solver_step next_solver_step(network *net, const solver *s)
{
    pixelcnn_net *own = find_pixelcnn_net(net);
    double t = *net->t + 1, warm = (1 + t) / (10 + t);
    return (solver_step){.scale = update_scale(s->norm, own->clip_norm, solver_values(net, s)),
                         .rate = get_current_rate(net),
                         .decay = net->decay,
                         .B1 = net->adam ? net->B1 : net->momentum,
                         .B2 = net->B2,
                         .eps = own->eps,
                         .fix1 = 1 / (1 - pow(net->B1, t)),
                         .fix2 = 1 / (1 - pow(net->B2, t)),
                         .keep = warm < own->ema ? warm : own->ema};
}

muon_step next_muon_step(network *net, const solver *s)
{
    const pixelcnn_net *own = find_pixelcnn_net(net);
    float rate = net->learning_rate > 0 ? get_current_rate(net) / net->learning_rate : 0;
    return (muon_step){.scale = update_scale(s->norm, own->clip_norm, solver_values(net, s)),
                       .rate = own->muon * rate,
                       .decay = net->decay,
                       .momentum = own->muon_momentum};
}

static void drop_updates(const param_list *all)
{
    for (int i = 0; i < all->n; ++i) memset(all->p[i].update, 0, all->p[i].n * sizeof(float));
}

/* The update of all arrays: a part takes its share of each. */
typedef struct {
    const solver *s;
    const network *net;
    solver_step how;
    int muon, parts;
} whole_update;

static void update_part(void *context, int part)
{
    const whole_update *u = context;
    const solver *s = u->s;
    solver_step how = u->how;
    size_t at = 0;
    for (int i = 0; i < s->params.n; at += s->params.p[i++].n) {
        param p = s->params.p[i];
        index_range r = portion_range(p.n, (portion){part, u->parts});
        size_t n = r.end - r.from, first = at + r.from;
        float *w = p.value + r.from, *update = p.update + r.from;
        int by_muon = u->muon && is_muon_array(&p);
        how.decay = p.decays ? u->net->decay : 0;
        if (!by_muon && u->net->adam) adam_step(how, n, w, update, s->m + first, s->v + first);
        if (!by_muon && !u->net->adam) sgd_step(how, n, w, update, s->m + first);
        if (s->average) average_step(how.keep, n, w, s->average + first);
    }
}

void solver_update(network *net)
{
    solver *s = net_solver(net);
    if (ON_DEVICE(net)) {
        update_net_gpu(net, s);
        return;
    }
    if (s->sum_updates) s->sum_updates(&s->params, s->context);
    s->norm = update_norm(&s->params) / solver_values(net, s);
    s->nonfinite = isfinite(s->norm) && isfinite(*net->cost) ? ALL_FINITE : find_nonfinite(net, s->where);
    if (s->nonfinite) {
        drop_updates(&s->params);
        return;
    }
    whole_update u = {s, net, next_solver_step(net, s), find_pixelcnn_net(net)->muon > 0, max_threads()};
    if (u.muon) muon_update_weights(&s->params, next_muon_step(net, s), s->m);
    ++*net->t;
    run_parts(u.parts, (phase[]){update_part, 0}, &u);
}

void swap_averaged_weights(network *net)
{
    solver *s = net_solver(net);
    if (ON_DEVICE(net)) {
        swap_average_gpu(s);
        return;
    }
    float *average = s->average;
    for (int i = 0; average && i < s->params.n; ++i) {
        param p = s->params.p[i];
        for (size_t k = 0; k < p.n; ++k) {
            float w = p.value[k];
            p.value[k] = average[k];
            average[k] = w;
        }
        average += p.n;
    }
}
