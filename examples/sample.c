/* Draws 64 images: sample CFG WEIGHTS LABEL >sheet.pgm, with LABEL as for the command's -label. Build: cc
   sample.c $(pkg-config --cflags --libs pixelcnn) -o sample */
#include <pixelcnn.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 64, COLUMNS = 8 };

static void print_sheet(const unsigned char *x, int c, int h, int w)
{
    printf("P%d\n%d %d\n255\n", c == 1 ? 5 : 6, COLUMNS * w, N / COLUMNS * h);
    for (int row = 0; row < N / COLUMNS * h; ++row)
        for (int column = 0; column < COLUMNS * w; ++column)
            for (int k = 0; k < c; ++k)
                putchar(x[(((row / h * COLUMNS + column / w) * c + k) * h + row % h) * w + column % w]);
}

int main(int argc, char **argv)
{
    pixelcnn *net = argc == 4 ? pixelcnn_load(argv[1], argv[2], 0) : NULL;
    if (!net) {
        fprintf(stderr, "%s\n", argc == 4 ? pixelcnn_error() : "usage: sample CFG WEIGHTS LABEL >sheet.pgm");
        return 1;
    }
    int c = pixelcnn_channels(net), h = pixelcnn_height(net), w = pixelcnn_width(net), k = pixelcnn_classes(net);
    unsigned char *images = malloc((size_t)N * c * h * w);
    float *labels = k ? malloc((size_t)N * k * sizeof *labels) : NULL;
    int failed = (k && pixelcnn_labels(net, argv[3], N, labels)) || pixelcnn_sample(net, N, labels, NULL, images);
    if (failed)
        fprintf(stderr, "%s\n", pixelcnn_error());
    else
        print_sheet(images, c, h, w);
    free(labels);
    free(images);
    pixelcnn_free(net);
    return failed;
}
