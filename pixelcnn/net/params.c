#include <math.h>
#include "base/random.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/params.h"
#include "utils.h"

param_list net_params(const network *net)
{
    param_list all = {0};
    param *of_layer = array_list(net);
    for (int i = 0; i < net->n; ++i) {
        int n = layer_arrays(net->layers[i], 0, of_layer);
        param *p = realloc(all.p, (all.n + n + 1) * sizeof *p);
        int *index = realloc(all.layer, (all.n + n + 1) * sizeof *index);
        if (!p || !index) malloc_error();
        all.p = p;
        all.layer = index;
        for (int k = 0; k < n; ++k) {
            if (!of_layer[k].update) continue;
            all.total += of_layer[k].n;
            all.layer[all.n] = i;
            all.p[all.n++] = of_layer[k];
        }
    }
    free(of_layer);
    return all;
}

void free_param_list(param_list *l)
{
    free(l->p);
    free(l->layer);
    *l = (param_list){0};
}

/* Standard normal number `position` of array `index` (Box-Muller). */
static double normal(uint64_t seed, int index, uint32_t position)
{
    philox4x32_ctr_t r = random_block(seed, STREAM_INIT, index, position);
    double u = (r.v[0] + 1.0) * 0x1p-32, angle = r.v[1] * 0x1p-32 * 6.283185307179586;
    return sqrt(-2 * log(u)) * cos(angle);
}

void init_params(network *net, uint64_t seed)
{
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i) {
        param p = all.p[i];
        double scale = p.fan_in ? 1 / sqrt(p.fan_in) : 0;
        for (size_t k = 0; k < p.n; ++k)
            p.value[k] = scale && (!p.allowed || p.allowed[k]) ? scale * normal(seed, i, k) : 0;
    }
    push_net(net);
    free_param_list(&all);
}
