# Gated PixelCNN in Darknet.
#
#   make                  builds ./darknet (Darknet's source is fetched once into build/)
#   make test             builds and runs all tests; make check: the quick ones
#   make bench            how fast, side by side with PyTorch; scripts/bench_against.sh COMMIT: beside another commit
#   make gpu-test         on NVIDIA's device: does it compute what the CPU computes? make gpu-bench: how fast (docs/gpu.md)
#   make soak             what is killed, cut or fails, many times over: hours
#   make asan             the tests again under AddressSanitizer and UBSan; make tsan: threads under ThreadSanitizer (clang)
#   make coverage         which branches the tests take
#   make fuzz             builds the fuzz targets (clang); scripts/fuzz.sh runs them
#   make library          builds libpixelcnn.so (docs/library.md)
#   make install          installs program, library, header, man page, Python module: PREFIX=/usr/local, DESTDIR
#   make clean            removes what was built; Darknet's source stays
#
# Switches: GPU=1 for NVIDIA's devices, CUDNN=1 with it (docs/gpu.md); OPENMP=0 one thread, DEBUG=1 no optimisation. Each build
# has a folder of its own in build/; ./darknet is the program of the last one.
# EMU=1 [CUDNN=1]: the GPU build on an emulated device, build/emu/darknet (tests/cuemu/README.md).
# DARKNET_SRC=dir uses a Darknet tree of yours, checked against host/darknet.sha256.

OPENMP ?= 1
DEBUG ?= 0
SANITIZE ?= 0
COVERAGE ?= 0
FUZZ ?= 0
GPU ?= 0
CUDNN ?= 0
EMU ?= 0
DARKNET_SRC ?= build/darknet-61c9d02e
BACKEND := $(if $(filter 1,$(EMU)),emu,$(if $(filter 1,$(GPU)),gpu,cpu))$(if $(filter 1,$(CUDNN)),-cudnn)
$(if $(filter cpu-cudnn,$(BACKEND)),$(error CUDNN=1 goes with GPU=1 only))
BUILD := build/$(BACKEND)$(if $(filter 1,$(OPENMP)),,-serial)$(if $(filter 1,$(DEBUG)),-debug)$(if $(filter 1,$(SANITIZE)),-asan)$(if $(filter thread address,$(SANITIZE)),-$(SANITIZE))$(if $(filter 1,$(COVERAGE)),-coverage)
EXEC := $(BUILD)/darknet

CC := gcc
OPTIMISE := $(if $(filter 1,$(DEBUG)),-O0 -g,-O3)
COMMON := $(OPTIMISE) -pthread
# Hardening against memory errors (SECURITY.md); HARDENING= and HARDENED_LINK= turn it off. Not under the sanitizers, which check
# more; _FORTIFY_SOURCE needs the optimiser.
ifeq ($(filter 1 thread address,$(SANITIZE))$(filter 1,$(FUZZ)),)
HARDENING ?= -fstack-protector-strong $(if $(filter 1,$(DEBUG) $(COVERAGE)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDENED_LINK ?= -Wl,-z,relro,-z,now
endif
# The same bits in whatever folder: assertions contain paths, and so does debugging information (-g).
SAME_PATHS = -ffile-prefix-map=$(DARKNET_SRC)=darknet $(if $(findstring -g,$(COMMON)),-ffile-prefix-map=$(CURDIR)=.)
ifeq ($(SANITIZE),1)
COMMON += -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
# By clang: its OpenMP runtime reports synchronisation to ThreadSanitizer (scripts/tsan.sh).
ifeq ($(SANITIZE)$(BACKEND),threadcpu)
CC := clang
COMMON := -O1 -g -pthread -fsanitize=thread -fno-omit-frame-pointer
OUR_EXTRA = -Wno-pass-failed
endif
OPENMP_FLAGS := $(if $(filter 1,$(OPENMP)),-fopenmp,-fopenmp-simd -Wno-unknown-pragmas)
# See tests/fuzz/harness.h.
ifeq ($(FUZZ),1)
OPENMP_FLAGS := -Wno-unknown-pragmas
BUILD := build/fuzz
CC := clang
COMMON := -O2 -g -pthread -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
    -fno-omit-frame-pointer
RENAMED := $(foreach f,malloc calloc realloc aligned_alloc free fopen fclose,-D$(f)=fuzz_$(f))
HOST_EXTRA := -Dfree=fuzz_free -fno-sanitize=pointer-overflow
OUR_EXTRA = $(RENAMED) -Wno-pass-failed -isystem $(BUILD)/libraries/include
endif
WHOLE = -Wl,--whole-archive $(LIBRARY) -Wl,--no-whole-archive
LIBS := -ldnnl -lxxhash -lz -lgif -lpng16 -ljpeg -lcairo -lfontconfig -lm

# Darknet, untouched. Not -Ofast: it would let the compiler bypass what host/ replaces. What allocates, which the
# host never checks, becomes one that does; so does what opens files or exits. Each function has a section of its own, so that a replaced
# one can keep a second name.
HOST_CFLAGS = $(COMMON) $(HARDENING) $(SAME_PATHS) -w -fno-math-errno -fPIC -fsemantic-interposition -ffunction-sections \
    -Dcalloc=checked_calloc -Dmalloc=checked_malloc -Drealloc=checked_realloc $(HOST_EXTRA) \
    -include host/stock_files.h $(if $(GPU_CFLAGS),$(GPU_CFLAGS) -include host/cudnn_compat.h) -I$(DARKNET_SRC)/include -I$(DARKNET_SRC)/src
CFLAGS = $(COMMON) $(HARDENING) $(SAME_PATHS) $(OPENMP_FLAGS) -std=gnu11 -Wall -Wextra -Wshadow -Werror -MMD -MP -fno-math-errno \
    -fPIC -fno-semantic-interposition \
    $(GPU_CFLAGS) -I. -isystem $(DARKNET_SRC)/include -isystem $(DARKNET_SRC)/src $(OUR_EXTRA)

DARKNET_NAMES := gemm utils cuda deconvolutional_layer convolutional_layer list image activations im2col col2im blas \
    crop_layer dropout_layer maxpool_layer softmax_layer data matrix network connected_layer cost_layer parser \
    option_list detection_layer route_layer upsample_layer box normalization_layer avgpool_layer layer local_layer \
    shortcut_layer logistic_layer activation_layer rnn_layer gru_layer crnn_layer demo batchnorm_layer region_layer \
    reorg_layer tree lstm_layer l2norm_layer yolo_layer iseg_layer
COMMAND_NAMES := captcha lsd super art tag cifar go rnn segmenter regressor classifier coco yolo detector nightmare \
    instance-segmenter darknet

# What host/ replaces, by the stock source that defines it, and what keeps a second name, darknet_*.
REPLACED_utils := error file_error malloc_error what_time_is_it_now
REPLACED_gemm := gemm_cpu
REPLACED_activations := activate
REPLACED_activation_kernels := activate_array_gpu
REPLACED_parser := parse_network_cfg save_weights save_weights_upto load_weights load_weights_upto
REPLACED_layer := free_layer
REPLACED_cuda := $(if $(filter cpu,$(BACKEND)),,check_error cuda_set_device cuda_make_array cuda_make_int_array cuda_free)
REPLACED_network := forward_network update_network train_network_datum get_current_rate free_network $(if $(filter cpu,$(BACKEND)),,set_batch_network)
KEPT_layer := free_layer
KEPT_network := $(REPLACED_network)

# Counted with COVERAGE=1, and not optimised then: checkpoints, data, and all that stands between Darknet and us.
COVERED := $(wildcard host/*.c base/*.c pixelcnn/net/*.c pixelcnn/data/*.c pixelcnn/train/*.c)
ifeq ($(COVERAGE),1)
LIBS += --coverage -Wl,-u,__gcov_dump
$(COVERED:%.c=$(BUILD)/%.o): CFLAGS += -O0 --coverage -fprofile-update=atomic
endif

KERNEL_NAMES := activation_kernels avgpool_layer_kernels blas_kernels col2im_kernels convolutional_kernels crop_layer_kernels \
    deconvolutional_kernels dropout_layer_kernels im2col_kernels maxpool_layer_kernels

DARKNET_OBJ := $(DARKNET_NAMES:%=$(BUILD)/darknet-src/%.o) $(COMMAND_NAMES:%=$(BUILD)/darknet-examples/%.o)
# Each includes only what stands before it (tests/check_rooms.py); library/ apart, which is linked for libpixelcnn.so only.
ROOMS := base layers/math layers $(addprefix pixelcnn/,net pictures data sample train check watch commands) host
# Files of these names are for a GPU only.
GPU_SRC := $(wildcard $(ROOMS:%=%/*_gpu.c))
CU_SRC := $(sort $(wildcard $(ROOMS:%=%/*.cu)))
CU_OBJ := $(KERNEL_NAMES:%=$(BUILD)/darknet-src/%.cu.o) $(CU_SRC:%=$(BUILD)/%.o)
OUR_SRC := $(sort $(filter-out $(if $(filter cpu,$(BACKEND)),$(GPU_SRC)),$(wildcard $(ROOMS:%=%/*.c))))
OUR_OBJ := $(OUR_SRC:%.c=$(BUILD)/%.o)
# Everything but main, for the test programs. Linked whole: a weak stock definition found first in an
# archive would keep ours from being looked for.
LIBRARY := $(BUILD)/libpixelcnn-all.a

TEST_SRC := $(wildcard tests/test_*.c)
# Programs of their own that tests and scripts run.
TEST_PROGRAMS := tests/stock_train.c tests/judge.c tests/cfg_reference.c
FAULTS := $(BUILD)/tests/faults.so
TESTS := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
# In GPU builds: does a device compute what the CPU computes?
GPU_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/gpu/test_*.c))
GPU_TEST_SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/gpu/test_%,$(wildcard tests/gpu/*.c)))
TEST_SUPPORT := $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(filter-out $(TEST_SRC) $(TEST_PROGRAMS) tests/faults.c,$(wildcard tests/*.c)))

# A program a target; what they share.
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_SUPPORT := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%.o,$(filter-out $(FUZZ_SRC),$(wildcard tests/fuzz/*.c)))

.PHONY: all library fuzz fuzz-programs tests stock demo test check soak bench asan tsan tsan-programs coverage clean format gpu-test gpu-tests \
    run-gpu-tests gpu-bench
.SECONDARY:
all: $(if $(filter 1,$(SANITIZE) $(COVERAGE) $(EMU)),$(EXEC),darknet)

# Always made, so that it leads to the build that was asked for last.
.PHONY: darknet
darknet: $(EXEC)
	@ln -sf $< $@

DARKNET_READY := $(BUILD)/darknet.ready
ifneq ($(BACKEND),cpu)
include $(if $(filter 1,$(EMU)),tests/cuemu/emu.mk,host/cuda.mk)
LIBS += $(GPU_LIBS)
$(LIBRARY): $(CU_OBJ)
endif

$(EXEC): $(BUILD)/pixelcnn/commands/main.o $(LIBRARY)
	@echo "LD $@"
	@$(CC) $(COMMON) -pie $(HARDENED_LINK) $(OPENMP_FLAGS) $(filter %.o,$^) $(WHOLE) -o $@ $(LIBS)

$(LIBRARY): $(DARKNET_OBJ) $(filter-out %/main.o,$(OUR_OBJ))
	@rm -f $@
	@ar rcsD $@ $^

$(DARKNET_READY): host/darknet.sha256 scripts/get_darknet.sh
	@mkdir -p $(@D)
	scripts/get_darknet.sh $(DARKNET_SRC)
	@touch $@

replace = objcopy $(foreach s,$(REPLACED_$*),--weaken-symbol=$(s)) \
    $(foreach s,$(KEPT_$*),--add-symbol darknet_$(s)=.text.$(s):0,function,global) $@

$(BUILD)/darknet-src/%.o: $(DARKNET_READY) host/stock_files.h Makefile
	@mkdir -p $(@D)
	@echo "CC $(DARKNET_SRC)/src/$*.c"
	@$(CC) $(HOST_CFLAGS) -c $(DARKNET_SRC)/src/$*.c -o $@
	@$(if $(REPLACED_$*),$(replace))

$(BUILD)/darknet-examples/%.o: $(DARKNET_READY) host/stock_files.h Makefile
	@mkdir -p $(@D)
	@echo "CC $(DARKNET_SRC)/examples/$*.c"
	@$(CC) $(HOST_CFLAGS) -Dmain=darknet_main -c $(DARKNET_SRC)/examples/$*.c -o $@

# stb declares more than it defines.
$(BUILD)/tests/test_drawn.o $(BUILD)/tests/formats.o: CFLAGS += -Wno-unused-function -Wno-unused-but-set-variable

$(BUILD)/%.o: %.c $(DARKNET_READY) Makefile
	@mkdir -p $(@D)
	@echo "CC $<"
	@$(CC) $(CFLAGS) -c $< -o $@

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(TEST_SUPPORT) $(LIBRARY)
	@echo "LD $@"
	@$(CC) $(COMMON) $(OPENMP_FLAGS) $(filter %.o %.so.0,$^) $(WHOLE) -Wl,-rpath,$(abspath $(BUILD)) -o $@ -lcmocka $(LIBS)

$(BUILD)/tests/gpu/test_%: $(BUILD)/tests/gpu/test_%.o $(GPU_TEST_SUPPORT) $(TEST_SUPPORT) $(LIBRARY)
	@echo "LD $@"
	@$(CC) $(COMMON) $(OPENMP_FLAGS) $(filter %.o,$^) $(WHOLE) -o $@ -lcmocka $(LIBS)

fuzz:
	$(MAKE) FUZZ=1 fuzz-programs
fuzz-programs: $(FUZZ_SRC:%.c=$(BUILD)/%)
# libpng and libjpeg-turbo as the fuzzer wants them, and what they allocate counted.
PICTURE_LIBRARIES := $(BUILD)/libraries/link
ifeq ($(FUZZ),1)
$(PICTURE_LIBRARIES): scripts/get_picture_libraries.sh
	scripts/get_picture_libraries.sh $(@D) "$(COMMON) $(RENAMED)"
$(BUILD)/pixelcnn/pictures/png_picture.o $(BUILD)/pixelcnn/pictures/jpeg_picture.o: | $(PICTURE_LIBRARIES)
endif
# What keeps the account is not kept account of.
$(BUILD)/tests/fuzz/harness.o $(BUILD)/tests/fuzz/outstanding.o: RENAMED :=
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_SUPPORT) $(LIBRARY) | $(PICTURE_LIBRARIES)
	@echo "LD $@"
	@$(CC) $(COMMON) -fsanitize=fuzzer $(filter %.o,$^) $(WHOLE) -o $@ $$(cat $(PICTURE_LIBRARIES)) $(filter-out -lpng16 -ljpeg,$(LIBS))

# An unmodified Darknet with its own flags, for tests that compare with it.
STOCK := build/stock
stock: $(STOCK)/stock_train $(BUILD)/tests/stock_train
$(STOCK)/%.o: $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(CC) -w -fPIC -Ofast -pthread -I$(DARKNET_SRC)/include -I$(DARKNET_SRC)/src -c $(DARKNET_SRC)/src/$*.c -o $@
$(STOCK)/stock_train: tests/stock_train.c $(DARKNET_NAMES:%=$(STOCK)/%.o)
	@echo "LD $@"
	@$(CC) -O2 -I$(DARKNET_SRC)/include $^ -o $@ -pthread -lm
$(BUILD)/tests/stock_train $(BUILD)/tests/judge $(BUILD)/tests/cfg_reference: %: %.o $(LIBRARY)
	@echo "LD $@"
	@$(CC) $(COMMON) $(OPENMP_FLAGS) $(filter %.o,$^) $(WHOLE) -o $@ $(LIBS)

# Preloaded by the tests to make calls fail.
$(FAULTS): tests/faults.c
	@mkdir -p $(@D)
	@$(CC) -O2 -Wall -Wextra -Werror -fPIC -shared $< -o $@ -ldl

# The library: the same objects, those that it needs, with what library/ledger.h and call.h say led elsewhere.
# It computes on the CPU, in a GPU build too.
ifneq ($(BACKEND),cpu)
SHARED := build/cpu/libpixelcnn.so.0
$(SHARED):
	@echo "libpixelcnn.so computes on the CPU: it is that of a build without GPU=1"
	$(MAKE) EMU=0 GPU=0 CUDNN=0 OPENMP=1 DEBUG=0 library
.PHONY: $(SHARED)
else
SHARED := $(BUILD)/libpixelcnn.so.0
SHARED_SRC := $(wildcard library/*.c) $(filter-out $(foreach r,pictures check watch commands,pixelcnn/$(r)/%),$(OUR_SRC))
REDIRECTED := malloc calloc realloc aligned_alloc free fopen fclose rand stderr
$(SHARED): $(DARKNET_NAMES:%=$(BUILD)/darknet-src/%.o) $(SHARED_SRC:%.c=$(BUILD)/%.o) library/exports.map
	@echo "LD $@"
	@$(CC) $(COMMON) $(HARDENED_LINK) $(OPENMP_FLAGS) -shared -Wl,-soname,$(@F),--version-script=library/exports.map \
	    -Wl,--gc-sections,-z,now,-z,nodelete $(REDIRECTED:%=-Wl,--wrap=%) $(filter %.o,$^) -o $@ $(filter-out -lz -lgif -lpng16 -ljpeg -lcairo -lfontconfig,$(LIBS))
	@ln -sf $(@F) $(@:.0=)
endif
library: $(SHARED)
include library/install.mk
$(filter $(BUILD)/tests/test_library% $(BUILD)/tests/test_reported_%_library,$(TESTS)): $(SHARED)

tests: all $(TESTS) $(FAULTS) $(SHARED) stock

demo:
	scripts/demo.sh
test:
	scripts/test.sh
check: all $(TESTS) $(FAULTS)
	scripts/run_tests.sh $(filter-out %_parity,$(TESTS))
bench:
	scripts/bench.sh
# Of tests/gpu; with CUDNN=1 too where that is given.
gpu-test:
	$(MAKE) GPU=1 gpu-tests
	$(MAKE) -s GPU=1 run-gpu-tests
gpu-tests: $(EXEC) $(GPU_TESTS)
run-gpu-tests:
	scripts/run_tests.sh $(GPU_TESTS)
gpu-bench:
	scripts/gpu_bench.sh
# The tests that repeat, as often as it takes to trust them: hours.
soak: tests
	SOAK=1 FUZZ_SECONDS=1800 JOBS=1 scripts/run_tests.sh $(BUILD)/tests/test_signals $(BUILD)/tests/test_faults $(BUILD)/tests/test_memory \
	    tests/test_random_nets.sh tests/test_reproducible.sh scripts/fuzz.sh
asan:
	$(MAKE) SANITIZE=1 tests
	# Leaks count in commands that succeed (base/asan_leaks.c), not in what runs them.
	ASAN_OPTIONS=detect_leaks=0 LSAN_OPTIONS=suppressions=$(CURDIR)/scripts/lsan.supp:print_suppressions=0 \
	    scripts/run_tests.sh $(patsubst tests/%.c,build/cpu-asan/tests/%,$(TEST_SRC))
tsan:
	scripts/tsan.sh
tsan-programs: $(EXEC) $(BUILD)/tests/tsan/planted $(BUILD)/tests/tsan/caller_threads
$(BUILD)/tests/tsan/%: $(BUILD)/tests/tsan/%.o $(SHARED)
	@echo "LD $@"
	@$(CC) $(COMMON) $(OPENMP_FLAGS) $^ -Wl,-rpath,$(abspath $(BUILD)) -o $@
coverage:
	scripts/coverage.sh
format:
	clang-format -i $(wildcard $(foreach r,$(ROOMS) library tests,$(r)/*.[ch] $(r)/*.cu) tests/fuzz/*.[ch] tests/gpu/*.[ch] tests/tsan/*.c)
clean:
	rm -rf darknet build/cpu* build/gpu* build/emu* build/coverage build/stock build/fuzz build/against/*/

-include $(CU_SRC:%=$(BUILD)/%.d) $(GPU_TESTS:%=%.d) $(GPU_TEST_SUPPORT:.o=.d)
-include $(FUZZ_SUPPORT:.o=.d) $(FUZZ_SRC:%.c=$(BUILD)/%.d)
-include $(wildcard $(BUILD)/library/*.d $(BUILD)/tests/tsan/*.d)
-include $(OUR_OBJ:.o=.d) $(TESTS:%=%.d) $(TEST_SUPPORT:.o=.d) $(TEST_PROGRAMS:%.c=$(BUILD)/%.d)
