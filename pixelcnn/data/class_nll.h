/*
class_nll.h - the likelihood of images under each class of a net, and Bayes' rule.

p(k | x) = p(x | k) / sum over j of p(x | j): all classes are equally likely before the image is seen. An
ensemble is a logarithmic opinion pool (Genest and Zidek 1986), p(k | x) in proportion to the geometric mean
of the nets' p(x | k): nats are averaged.
*/
#pragma once
#include "pixelcnn/data/dataset.h"

/* [all ranks] Mean over the nets of the nats of images 0 .. n-1 under each class, (n,classes), complete on
   rank 0. The nets have the same image size, classes and batch. A pass takes a batch of pairs of image and
   class; ranks share the passes (shares.h). Exits with status 3 on NaN or infinity. Free it. */
double *nll_of_classes(network *const *nets, int n_nets, const dataset *d, int n);

/* Given an image's nats under each class: the class with the fewest; the log of the sum of exp(-nll); log
   p(class | image). */
int likeliest_class(const double *nll, int classes);
double log_evidence(const double *nll, int classes);
double log_posterior(const double *nll, int classes, int class);
