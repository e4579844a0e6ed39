/* rate.c - the learning rate of a net that ends in pixel_softmax. See rate.h. Depends only on the cfg, the
   seed and the iteration. Where Darknet's own rate is right (see host/get_current_rate.c), the result is the
   same to the bit. */
#include <math.h>
#include "base/random.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/rate.h"

static double poly(const network *net, size_t batch)
{
    float left = 1 - (float)batch / net->max_batches;
    return pow(left > 0 ? left : 0, net->power);
}

static double steps(const network *net, size_t batch)
{
    float factor = net->learning_rate;
    for (int i = 0; i < net->num_steps; ++i)
        if ((size_t)net->steps[i] <= batch) factor *= net->scales[i];
    return factor;
}

static double sigmoid(const network *net, size_t batch)
{
    float past = (double)batch - net->step;
    return 1 / (1 + exp(net->gamma * past));
}

static double random_rate(const network *net, size_t batch)
{
    return pow(random_unit(find_pixelcnn_net(net)->seed, STREAM_RATE, batch, 0), net->power);
}

static double policy_rate(const network *net, size_t batch)
{
    double rate = net->learning_rate;
    switch (net->policy) {
    case STEP:
        return rate * pow(net->scale, batch / net->step);
    case STEPS:
        return steps(net, batch);
    case EXP:
        return rate * pow(net->gamma, batch);
    case POLY:
        return rate * poly(net, batch);
    case RANDOM:
        return rate * random_rate(net, batch);
    case SIG:
        return rate * sigmoid(net, batch);
    default:
        return rate;
    }
}

/* The warm-up multiplies the policy's rate, so it ends where the policy continues. Darknet's rises to
   learning_rate, whatever the policy's rate is by then. */
float learning_rate_at(const network *net, size_t batch)
{
    double rate = policy_rate(net, batch);
    return batch < (size_t)net->burn_in ? rate * pow((float)batch / net->burn_in, net->power) : rate;
}
