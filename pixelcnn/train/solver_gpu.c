#include "base/calls_gpu.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/muon_gpu.h"
#include "pixelcnn/train/solver_gpu.h"
#include "pixelcnn/train/solver_kernels.h"

struct solver_gpu {
    int n;
    solver_chunk *chunks; // n, of all arrays
    float *m, *v, *average;
    double *parts;
    solver_verdict *verdict;
    muon_gpu *muon; // NULL: the cfg does not use it
};                  // all pointers but muon are to device memory

static int chunks_of(const param *p) { return (p->n + CHUNK - 1) / CHUNK; }

static void make_chunks(struct solver_gpu *g, const param_list *all, int muon)
{
    for (int i = 0; i < all->n; ++i) g->n += chunks_of(all->p + i);
    solver_chunk *chunks = checked_calloc(g->n, sizeof *chunks), *to = chunks;
    size_t at = 0;
    for (int i = 0; i < all->n; at += all->p[i++].n) {
        const param *p = all->p + i;
        for (size_t k = 0; k < p->n; k += CHUNK) {
            int n = p->n - k < CHUNK ? p->n - k : CHUNK;
            *to++ = (solver_chunk){p->value_gpu + k, p->update_gpu + k, at + k, n, p->decays, muon && is_muon_array(p)};
        }
    }
    g->chunks = bytes_gpu(g->n * sizeof *chunks);
    push_bytes_gpu(g->chunks, chunks, g->n * sizeof *chunks);
    free(chunks);
}

void copy_solver_gpu(const solver *s, direction_gpu way)
{
    transfer_gpu(way, s->gpu->m, s->m, s->params.total);
    if (s->v) transfer_gpu(way, s->gpu->v, s->v, s->params.total);
    if (s->average) transfer_gpu(way, s->gpu->average, s->average, s->params.total);
}

void make_solver_gpu(solver *s, int muon)
{
    struct solver_gpu *g = s->gpu = checked_calloc(1, sizeof *g);
    make_chunks(g, &s->params, muon);
    if (muon) g->muon = make_muon_gpu(&s->params);
    g->m = floats_gpu(s->params.total);
    if (s->v) g->v = floats_gpu(s->params.total);
    if (s->average) g->average = floats_gpu(s->params.total);
    g->parts = bytes_gpu(g->n * sizeof(double));
    g->verdict = bytes_gpu(sizeof(solver_verdict));
    copy_solver_gpu(s, PUSH_GPU);
}

void free_solver_gpu(struct solver_gpu *g)
{
    if (!g) return;
    free_gpu(g->chunks);
    free_gpu(g->m);
    free_gpu(g->v);
    free_gpu(g->average);
    free_gpu(g->parts);
    free_gpu(g->verdict);
    free_muon_gpu(g->muon);
    free(g);
}

/* Rare: the CPU looks for the place, as it does for a net of its own. */
static nonfinite find_nonfinite_gpu(network *net, solver *s)
{
    pull_net(net);
    pull_pass(net);
    for (int i = 0; i < s->params.n; ++i) {
        param p = s->params.p[i];
        pull_gpu(p.update_gpu, p.update, p.n);
    }
    nonfinite found = find_nonfinite(net, s->where);
    for (int i = 0; i < s->params.n; ++i) {
        param p = s->params.p[i];
        zero_gpu(p.update_gpu, p.n);
        memset(p.update, 0, p.n * sizeof(float));
    }
    return found;
}

void update_net_gpu(network *net, solver *s)
{
    struct solver_gpu *g = s->gpu;
    solver_verdict verdict;
    CUDA_OK(cudaSetDevice(net->gpu_index));
    if (s->sum_updates) s->sum_updates(&s->params, s->context);
    image_losses losses = take_losses_gpu(net);
    judge_updates_gpu(&(solver_norm){.n = g->n,
                                     .chunks = g->chunks,
                                     .parts = g->parts,
                                     .losses = losses,
                                     .cost = losses.nll ? 0 : *net->cost,
                                     .values = solver_values(net, s),
                                     .clip_norm = find_pixelcnn_net(net)->clip_norm,
                                     .verdict = g->verdict});
    solver_step how = next_solver_step(net, s);
    step_weights_gpu(&(solver_pass){.n = g->n,
                                    .chunks = g->chunks,
                                    .how = how,
                                    .m = g->m,
                                    .v = g->v,
                                    .average = g->average,
                                    .verdict = g->verdict});
    if (g->muon)
        muon_weights_gpu(g->muon, &(muon_update){.how = next_muon_step(net, s),
                                                 .keep = how.keep,
                                                 .m = g->m,
                                                 .average = g->average,
                                                 .verdict = g->verdict});
    pull_bytes_gpu(g->verdict, &verdict, sizeof verdict);
    s->norm = verdict.norm;
    *net->cost = verdict.cost;
    s->nonfinite = verdict.finite ? ALL_FINITE : find_nonfinite_gpu(net, s);
    if (!s->nonfinite) ++*net->t;
}

void swap_average_gpu(solver *s)
{
    if (s->gpu->average) swap_weights_gpu(s->gpu->n, s->gpu->chunks, s->gpu->average);
}
