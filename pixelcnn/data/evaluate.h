/*
evaluate.h - likelihood of images.
*/
#pragma once
#include "pixelcnn/data/dataset.h"

typedef struct {
    int images, dims; // dims: values an image
    double nats;      // mean NLL an image
    double error;     // its standard error
} likelihood;

/* Of images first .. first+count-1 under the net's current weights. Image k's NLL in nats goes to nll[k] where
   nll is given. Leaves the net's batch as it was.
   Exits with status 3 where an NLL is NaN or infinite, and says in which image and layer.
   A stop signal (signals.h) that comes meanwhile ends it: then the result is worthless. */
likelihood evaluate_likelihood(network *net, const dataset *d, int first, int count, double *nll);

/* Of the first images where the label is not known: p(x) is the mean over the classes of p(x | class). nll is needed.
   The data set's labels are OVERWRITTEN. Takes as long as evaluate once for each class. */
likelihood evaluate_unlabelled(network *net, dataset *d, int count, double *nll);

double nats_per_dim(likelihood l);
double bits_per_dim(likelihood l);
