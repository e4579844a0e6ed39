/*
planted.c - does ThreadSanitizer see races of OpenMP's threads, and what orders them? `planted race` has one,
`planted ordered` the same work in order: barrier, reduction, end of a region.
*/
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static double x[1000], sum;
    int race = argc == 2 && !strcmp(argv[1], "race");
#pragma omp parallel num_threads(3)
    {
#pragma omp for schedule(static)
        for (int i = 0; i < 1000; ++i) x[i] = i;
        if (race) sum += x[1];
#pragma omp for schedule(static) reduction(+ : sum)
        for (int i = 0; i < 1000; ++i) sum += x[999 - i];
    }
    printf("%g\n", sum);
    return 0;
}
