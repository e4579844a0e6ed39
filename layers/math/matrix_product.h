/*
matrix_product.h - products of matrices of any size by the kernel of panel.h: for the head, and for Darknet's
gemm.

    C = alpha op(A) op(B) + beta C      op(A) (m,k), op(B) (k,n), C (m,n), row-major; op: transposed where ta, tb

An element of C is one chain of multiply-adds in the order of k:

    c = beta c, or 0 where beta is 0 (C is not read then); for each k: c = (alpha a_k) b_k + c

whatever m and n are, however the matrices are laid out, and on any number of threads. Each step rounds once,
so all CPUs give the same bits.
*/
#pragma once
#include <stddef.h>

/* A is (m,k), or (k,m) if ta; B (k,n), or (n,k) if tb. lda, ldb and ldc: numbers from one row to the next. */
typedef struct {
    int ta, tb, m, n, k;
    float alpha;
    const float *a;
    int lda;
    const float *b;
    int ldb;
    float beta;
    float *c;
    int ldc;
} matrix_product;

/* Floats of scratch that multiply_matrices needs. */
size_t product_scratch(int m, int n, int k);
/* On the calling thread. */
void multiply_matrices(const matrix_product *p, float *scratch);
/* On several threads where the product is large enough to gain from them; allocates the scratch. */
void multiply_matrices_threaded(const matrix_product *p);
