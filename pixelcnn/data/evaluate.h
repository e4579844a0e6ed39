/* evaluate.h - the likelihood of images under a net. */
#pragma once
#include "pixelcnn/data/dataset.h"

typedef struct {
    int images, dims; // dims: values per image
    double nats;      // mean NLL per image
    double error;     // its standard error
} likelihood;

/* Passes one batch of images, from `first` on, through the net. Exits with status 3 if an NLL is NaN or
   infinite, and names the image and the layer. */
void pass_batch(network *net, const dataset *d, int first);

/* Evaluates images first .. first+count-1 under the net's current weights. nll, if not NULL, gets the NLL of
   each in nats. Restores the net's batch. Exits with status 3 if an NLL is NaN or infinite, and names the
   image and the layer. A stop signal (signals.h) or a caller who cancels (cancel.h) ends it early; the result
   is then meaningless. Counts each image as progress. */
likelihood evaluate_likelihood(network *net, const dataset *d, int first, int count, double *nll);

/* Evaluates images without their labels: p(x) is the mean over the classes of p(x | class). nll is required.
   Takes as long as evaluate_likelihood for each class. */
likelihood evaluate_unlabelled(network *net, const dataset *d, int first, int count, double *nll);

/* From the NLL of each of n images, summed in this order. */
likelihood likelihood_of(const double *nll, int n, int dims);

double bits_per_dim(likelihood l);
