#include <xxhash.h>
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/weights.h"
#include "pixelcnn/train/state_v1.h"

uint64_t meaning_v1(const network *net)
{
    const pixelcnn_net *own = find_pixelcnn_net(net);
    char text[512];
    snprintf(text, sizeof text, "%d %d %d %.9g %.9g %.9g %.9g %.9g %.9g %.9g", net->batch, net->subdivisions, net->adam,
             net->B1, net->B2, own->eps, net->momentum, net->decay, own->clip_norm, own->ema);
    return XXH64(text, strlen(text), truncated_net_meaning(net));
}

uint64_t schedule_v1(const network *net)
{
    char text[512];
    snprintf(text, sizeof text, "%d %.9g %d %.9g %.9g %.9g %d %d", net->policy, net->learning_rate, net->burn_in,
             net->power, net->gamma, net->scale, net->step, net->policy == POLY ? net->max_batches : 0);
    uint64_t hash = XXH64(text, strlen(text), 0);
    if (net->steps) hash = XXH64(net->steps, net->num_steps * sizeof *net->steps, hash);
    if (net->scales) hash = XXH64(net->scales, net->num_steps * sizeof *net->scales, hash);
    float distortion[] = {find_pixelcnn_net(net)->distort, net->angle, find_pixelcnn_net(net)->shear, net->aspect};
    return distortion[0] > 0 ? XXH64(distortion, sizeof distortion, hash) : hash;
}
