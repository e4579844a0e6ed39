/*
test_gpu_operations.c - how many operations (kernels, products, copies, fills) a training step gives the
device, as the emulator counts them, and a sampler's set-up. Each costs some microseconds however small the
batch is: a number that grows is time lost in every step.
*/
#include "base/device.h"
#include "base/verbose.h"
#include "layers/math/blas_gpu.h"
#include "network.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/sample/sampler_gpu.h"
#include "tests/support.h"

#if defined CUEMU && !defined CUDNN

typedef struct {
    long of[CUEMU_KINDS], all, batches; // batches: products of several matrices in one call
} operations;

static operations count(void)
{
    operations n = {0};
    for (int k = 0; k < CUEMU_KINDS; ++k) n.all += n.of[k] = cuemu_count(k);
    n.batches = cuemu_count_batches();
    return n;
}

/* Of the third step, or of the third pass without a gradient: the first ones also set up what all later ones use. */
static operations of_a_step(const char *cfg, net_overrides size, int training)
{
    operations n = {0};
    workspace_limit = (size_t)256 << 20; // as in the program
    gpu_index = verbose = 0;
    network *net = parse_pixelcnn_cfg(cfg, size);
    init_params(net, 0);
    for (int i = 0; i < 3; ++i) {
        random_batch(net, i, 0);
        operations before = count();
        if (training)
            train_network_datum(net);
        else
            forward_network(net);
        n = count();
        n.all -= before.all;
        n.batches -= before.batches;
        for (int k = 0; k < CUEMU_KINDS; ++k) n.of[k] -= before.of[k];
    }
    free_network(net);
    return n;
}

/* Of the products only the gradients of weights are in parts: an array for each product of the forward pass. */
static void expect(const char *cfg, long most)
{
    net_overrides size = {.batch = 2, .width = 4, .height = 3};
    operations n = of_a_step(cfg, size, 1), forward = of_a_step(cfg, size, 0);
    print_message("%s: %ld operations: %ld kernels, %ld products (%ld in parts), %ld copies, %ld fills\n", cfg, n.all,
                  n.of[CUEMU_KERNEL], n.of[CUEMU_LIBRARY], n.batches, n.of[CUEMU_COPY], n.of[CUEMU_FILL]);
    assert_int_equal(n.all, most);
    assert_int_equal(forward.batches, 0);
    assert_int_equal(n.batches, forward.of[CUEMU_LIBRARY]);
}

static void small4(void **state) { (void)state, expect("cfg/bench/small4.cfg", 145); }
static void blog4(void **state) { (void)state, expect("cfg/bench/blog4.cfg", 145); }
static void dilated256(void **state) { (void)state, expect("cfg/bench/dilated256.cfg", 185); }
static void the_default_net_by_adam(void **state) { (void)state, expect("cfg/mnist_classify.cfg", 185); }

/* Its products, five times three for each shape of matrix, and what goes before and after them. */
static void muon_adds_some(void **state)
{
    (void)state;
    net_overrides size = {.batch = 2, .width = 4, .height = 3};
    assert_int_equal(of_a_step("cfg/gated_pixelcnn.cfg", size, 1).all, 295);
}

static void neither_batch_nor_size_changes_it(void **state)
{
    (void)state;
    long few = of_a_step("cfg/bench/small4.cfg", (net_overrides){.batch = 2, .width = 4, .height = 3}, 1).all;
    assert_int_equal(of_a_step("cfg/bench/small4.cfg", (net_overrides){.batch = 16, .width = 4, .height = 3}, 1).all,
                     few);
    assert_int_equal(of_a_step("cfg/bench/small4.cfg", (net_overrides){.batch = 1, .width = 28, .height = 28}, 1).all,
                     few);
}

/* What a sampler gets: one copy of the net's arrays each, then its weights, inputs of levels, request,
   position, labels; and the images and their nats, which come back. */
static void a_sampler_is_set_up_by_few_copies(void **state)
{
    (void)state;
    unsigned char levels[12];
    gpu_index = verbose = 0;
    network *net = parse_pixelcnn_cfg("cfg/gated_pixelcnn.cfg", (net_overrides){.batch = 1, .width = 4, .height = 3});
    init_params(net, 0);
    param_list all = net_params(net);
    operations before = count();
    sample_net_gpu(net, (sample_request){.n = 1, .temperature = 1}, levels);
    assert_int_equal(count().of[CUEMU_COPY] - before.of[CUEMU_COPY], all.n + 7);
    free_param_list(&all);
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(a_sampler_is_set_up_by_few_copies), cmocka_unit_test(small4), cmocka_unit_test(blog4),
          cmocka_unit_test(dilated256), cmocka_unit_test(the_default_net_by_adam), cmocka_unit_test(muon_adds_some),
          cmocka_unit_test(neither_batch_nor_size_changes_it))

#else

static void only_the_emulator_counts(void **state)
{
    (void)state;
    skip();
}
TEST_MAIN(cmocka_unit_test(only_the_emulator_counts))

#endif
