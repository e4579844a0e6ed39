#include <stdlib.h>
#include "base/bounds.h"
#include "base/image_tree.h"
#include "base/memory.h"

int left_images(int n)
{
    int left = 1;
    while (left < n - left) left *= 2;
    return left;
}

int are_siblings(int images, image_node left, image_node right)
{
    int n = left.n;
    if (n & (n - 1) || left.first % (2 * n)) return 0; // no left side
    return right.first == left.first + n && right.n == smaller(n, images - right.first);
}

typedef struct {
    int from, end, most, n;
    image_node *nodes;
} cut;

static void cut_node(cut *c, image_node x)
{
    if (x.first >= c->end || x.first + x.n <= c->from) return;
    if (x.first >= c->from && x.first + x.n <= c->end && x.n <= c->most) {
        if (c->nodes) c->nodes[c->n] = x;
        ++c->n;
        return;
    }
    int left = left_images(x.n);
    cut_node(c, (image_node){x.first, left});
    cut_node(c, (image_node){x.first + left, x.n - left});
}

int cut_range(int images, index_range range, int most, image_node *nodes)
{
    cut c = {.from = (int)range.from, .end = (int)range.end, .most = most, .nodes = nodes};
    cut_node(&c, (image_node){0, images});
    return c.n;
}

/* The largest share, if shares are multiples of `unit`. */
static int fullest_share(int images, int unit, int ranks)
{
    return smaller(divide_up(divide_up(images, unit), ranks) * unit, images);
}

/* The largest unit whose largest share is at most an eighth more than the smallest possible. */
static int unit_of(int images, int ranks)
{
    int unit = 1, least = divide_up(images, ranks);
    for (int u = 2; u < images && divide_up(images, u) >= ranks; u *= 2)
        if (8 * fullest_share(images, u, ranks) <= 9 * least) unit = u;
    return unit;
}

index_range tree_share(int images, int ranks, int r)
{
    size_t unit = unit_of(images, ranks), all = images;
    index_range x = portion_range((all + unit - 1) / unit, (portion){r, ranks});
    x.from *= unit;
    x.end = x.end * unit < all ? x.end * unit : all;
    return x;
}

int largest_pass(int images, int most, int ranks, int r)
{
    index_range x = tree_share(images, ranks, r);
    int n = cut_range(images, x, most, 0), largest = 0;
    image_node *nodes = checked_calloc(n, sizeof *nodes);
    cut_range(images, x, most, nodes);
    for (int i = 0; i < n; ++i) largest = nodes[i].n > largest ? nodes[i].n : largest;
    free(nodes);
    return largest;
}
