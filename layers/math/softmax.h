/*
softmax.h - softmax over levels and the loss of a true level, vectorised.

    p_l = exp(x_l - max) / sum over l of exp(x_l - max)        nll = max - x_truth + log(sum)
*/
#pragma once

/* One colour of one image, at most 256 levels: p (levels,pixels), OVERWRITTEN, from logits of the same shape.
   Returns the nll in nats summed over the pixels, whose level indices are in truth (pixels); 0 if truth is
   NULL; NaN if a logit is NaN or infinite. */
double softmax_forward(int levels, int pixels, const float *logits, const float *truth, float *p);
