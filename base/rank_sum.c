#include <stdlib.h>
#include "base/memory.h"
#include "base/rank_sum.h"

static index_range slice_of(const rank_sum *s, int rank) { return rank_share(s->floats, rank); }
static size_t floats_of(index_range r) { return r.end - r.from; }

rank_sum make_rank_sum(int images, size_t floats)
{
    int ranks = rank_count(), me = this_rank();
    rank_sum s = {.images = images, .floats = floats};
    for (int r = 0; r < ranks; ++r) s.n += cut_range(images, tree_share(images, ranks, r), images, 0);
    s.nodes = checked_calloc(s.n, sizeof *s.nodes);
    s.rank = checked_calloc(s.n, sizeof *s.rank);
    s.slice = checked_calloc(s.n, sizeof *s.slice);
    for (int r = 0, at = 0; r < ranks; ++r) {
        int n = cut_range(images, tree_share(images, ranks, r), images, s.nodes + at);
        for (int i = at; i < at + n; ++i) s.rank[i] = r;
        if (r == me) s.own = n;
        at += n;
    }
    s.received = checked_calloc((s.n - s.own) * floats_of(slice_of(&s, me)) + 1, sizeof(float));
    return s;
}

void free_rank_sum(rank_sum *s)
{
    free(s->nodes);
    free(s->rank);
    free(s->slice);
    free(s->received);
}

/* ---- slices to their ranks ---- */

typedef struct {
    transfer *sent, *received;
    size_t nsent, nreceived;
} transfers;

static void add_side(transfers *t, const side_message *m, int rank)
{
    t->sent[t->nsent++] = (transfer){rank, (void *)m->sent, m->bytes[this_rank()]};
    t->received[t->nreceived++] = (transfer){rank, m->received[rank], m->bytes[rank]};
}

/* Of this rank's nodes that rank's slice, of its nodes this rank's. */
static void add_slices_of(transfers *t, const rank_sum *s, float *const *own, int rank)
{
    index_range theirs = slice_of(s, rank), mine = slice_of(s, this_rank());
    for (int k = 0; k < s->own; ++k)
        t->sent[t->nsent++] = (transfer){rank, own[k] + theirs.from, floats_of(theirs) * sizeof(float)};
    for (int k = 0; k < s->n; ++k)
        if (s->rank[k] == rank)
            t->received[t->nreceived++] = (transfer){rank, s->slice[k], floats_of(mine) * sizeof(float)};
}

/* s NULL: only the side messages. */
static void exchange_with_all(const rank_sum *s, float *const *own, const side_message *side, int nside)
{
    int ranks = rank_count();
    size_t most = (size_t)((s ? s->n : 0) + nside) * ranks + 1;
    transfers t = {checked_calloc(most, sizeof(transfer)), checked_calloc(most, sizeof(transfer)), 0, 0};
    for (int i = 1; i < ranks; ++i) { // each rank starts with a different peer
        int rank = (this_rank() + i) % ranks;
        if (s) add_slices_of(&t, s, own, rank);
        for (int k = 0; k < nside; ++k) add_side(&t, side + k, rank);
    }
    exchange(t.sent, t.nsent, t.received, t.nreceived);
    free(t.sent);
    free(t.received);
}

void exchange_side_messages(const side_message *side, int n) { exchange_with_all(0, 0, side, n); }

/* Where this rank's slice of each node's sum is, or will be. */
static void place_slices(rank_sum *s, float *const *own)
{
    index_range mine = slice_of(s, this_rank());
    float *free_place = s->received;
    for (int i = 0, k = 0; i < s->n; ++i) {
        int here = s->rank[i] == this_rank();
        s->slice[i] = here ? own[k++] + mine.from : free_place;
        if (!here) free_place += floats_of(mine);
    }
}

/* ---- the sum of a slice ---- */

void add_by_all_threads(size_t n, const float *x, float *sum)
{
#pragma omp parallel for simd schedule(static) num_threads(max_threads()) if (parallel : n > 100000)
    for (size_t k = 0; k < n; ++k) sum[k] += x[k];
}

/* Adds everything into `home`, this rank's slice of its first node: a complete node waits for its sibling, and of
   the two the one at home becomes their sum. */
static void add_slices(rank_sum *s, const float *home)
{
    size_t n = floats_of(slice_of(s, this_rank()));
    int *waiting = checked_calloc(s->n, sizeof *waiting), nwaiting = 0;
    image_node *sum = checked_calloc(s->n, sizeof *sum);
    for (int i = 0; i < s->n; ++i) {
        int at = i;
        sum[at] = s->nodes[at];
        while (nwaiting && are_siblings(s->images, sum[waiting[nwaiting - 1]], sum[at])) {
            int left = waiting[--nwaiting], into = s->slice[at] == home ? at : left;
            add_by_all_threads(n, s->slice[into == at ? left : at], s->slice[into]);
            s->slice[left] = s->slice[into];
            sum[left].n += sum[at].n;
            at = left;
        }
        waiting[nwaiting++] = at;
    }
    free(waiting);
    free(sum);
}

void sum_over_ranks(rank_sum *s, float *const *own, const side_message *side, int nside)
{
    place_slices(s, own);
    exchange_with_all(s, own, side, nside);
    add_slices(s, own[0] + slice_of(s, this_rank()).from);
    gather_shares(own[0], s->floats, sizeof(float));
}
