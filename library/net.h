/* net.h - a net of the library, and the arguments that its functions share. */
#pragma once
#include <stddef.h>
#include "darknet.h"
#include "library/pixelcnn.h"

struct pixelcnn {
    network *net;
    int batch;
    pixelcnn_cancel cancel;
    void *context; // of cancel
};

/* Exits unless there is a net; `function` is for the message. */
void need_net(const char *function, const pixelcnn *p);

/* n images and their labels; `function` is for error messages. */
typedef struct {
    const char *function;
    pixelcnn *p;
    int n;
    const float *labels;
    const void *images, *result;
} image_batch;

/* Exits if an argument is wrong. From here on the net's callback may cancel. */
void begin_batch(const image_batch *b);
/* Exits if it has. */
void end_batch(const image_batch *b);

/* Floats per label; 0: the net takes none. */
int net_classes(const pixelcnn *p);

/* A copy of the labels, or the classes in turn from that of image `first` if there are none. NULL for a net
   without labels. */
float *batch_labels(const image_batch *b, int first);
