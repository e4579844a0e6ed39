# The tests in three tiers (docs/dev/testing.md), and what builds them.

TEST_SRC := $(wildcard tests/test_*.c)
# Programs of their own that tests and scripts run.
TEST_PROGRAMS := tests/stock_train.c tests/judge.c tests/cfg_reference.c
FAULTS := $(BUILD)/tests/faults.so
TRAFFIC := $(BUILD)/tests/traffic.so
TESTS := $(TEST_SRC:%.c=$(BUILD)/%)
TEST_SCRIPTS := scripts/check_style.sh scripts/check_docs.sh scripts/fuzz.sh $(sort $(wildcard tests/test_*.sh tests/cuemu/test_*.sh))
TEST_SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(TEST_SRC) $(TEST_PROGRAMS) tests/faults.c tests/traffic.c,$(wildcard tests/*.c)))
# In GPU builds: does a device compute what the CPU computes?
GPU_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/gpu/test_*.c))
# Measures for scripts/measure_device.sh.
GPU_PROGRAMS := $(BUILD)/tests/gpu/time_layouts
GPU_TEST_SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/gpu/test_% $(GPU_PROGRAMS:$(BUILD)/%=%.c),$(wildcard tests/gpu/*.c)))
# The core: gradients, solver, sampler, data, check, host.
CHECKS := $(patsubst %,$(BUILD)/tests/test_%,gradients solver sampler data check host)

# These repeat more, or take more images, with SOAK=1.
SOAKED := signals faults memory shipped check leaks exact

.PHONY: tests check test list-tests soak asan bench demo coverage stock fuzz fuzz-programs tsan tsan-programs gpu-test gpu-tests run-gpu-tests gpu-bench

tests: all $(TESTS) $(FAULTS) $(SHARED) stock
check: all $(CHECKS) $(FAULTS) stock
	scripts/run_tests.sh $(CHECKS)
test: tests
	FUZZ_SECONDS=$(or $(FUZZ_SECONDS),1) scripts/run_tests.sh $(TESTS) $(TEST_SCRIPTS)
list-tests:
	@echo $(TESTS) $(TEST_SCRIPTS)
soak: tests
	SOAK=1 FUZZ_SECONDS=1800 JOBS=1 scripts/run_tests.sh $(SOAKED:%=$(BUILD)/tests/test_%) tests/test_random_nets.sh \
	    tests/test_ranks.sh tests/test_ranks_agreement.sh tests/test_ranks_faults.sh tests/test_ranks_hosts.sh \
	    tests/test_ranks_slurm.sh tests/cuemu/test_ranks_devices.sh \
	    tests/test_reproducible.sh tests/test_packages.sh tests/test_exact_builds.sh tests/test_web.sh \
	    tests/test_round_trip.sh \
	    tests/test_gpu_build.sh tests/cuemu/test_emulated.sh tests/cuemu/test_planted.sh tests/cuemu/test_row_barriers.sh \
	    tests/cuemu/test_layout_errors.sh scripts/fuzz.sh
asan:
	$(MAKE) SANITIZE=1 tests
	# Leaks count in commands that succeed (base/asan_leaks.c), not in what runs them. Not test_shipped, whose nets
	# take an hour, nor test_faults, which is all LD_PRELOAD.
	ASAN_OPTIONS=detect_leaks=0 LSAN_OPTIONS=suppressions=$(call quoted,"$(CURDIR)/scripts/lsan.supp"):print_suppressions=0 \
	    scripts/run_tests.sh $(patsubst tests/%.c,build/cpu-asan/tests/%,$(filter-out $(addprefix tests/test_,shipped.c faults.c),$(TEST_SRC)))
coverage:
	scripts/coverage.sh
bench:
	scripts/bench.sh
demo:
	scripts/demo.sh

# A hundred programs that run for a second compile faster so. What may be truncated is not known without the optimiser.
ifeq ($(DEBUG)$(COVERAGE)$(FUZZ),000)
$(BUILD)/tests/%.o: OUR_EXTRA += -O1 -Wno-format-truncation -Wno-unknown-warning-option
endif

# stb declares more than it defines.
STB_CFLAGS := -Wno-unused-function -Wno-unused-but-set-variable
$(BUILD)/tests/test_animation.o: OWN_CFLAGS += $(STB_CFLAGS)

# More than a hundred programs, which gold links in a third of the time. Those with the libraries of CUDA are
# left to the usual linker.
GOLD := $(if $(findstring -fuse-ld,$(LDFLAGS))$(filter 1,$(GPU)),,$(if $(shell command -v ld.gold),-fuse-ld=gold))
link_test = $(link) $(GOLD)

$(filter $(BUILD)/tests/test_library% $(BUILD)/tests/test_reported_%_library,$(TESTS)): $(SHARED)
$(TESTS): %: %.o $(TEST_SUPPORT) $(LIBRARY) $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(link_test) $(filter %.o %.so.0,$^) $(WHOLE) -Wl,-rpath,$(call quoted,$(CURDIR)/$(BUILD)) -o $@ -lcmocka $(LIBS)

# Preloaded by the tests: to make calls fail; with MPI=1 to count what ranks send and copy.
$(FAULTS) $(TRAFFIC): $(BUILD)/tests/%.so: tests/%.c $(BUILD)/flags-ours
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 $(WARNINGS) $(MPI_CFLAGS) $(if $(filter 1,$(WERROR)),-Werror) -fPIC -shared $< -o $@ -ldl

# An unmodified Darknet with its own flags, for tests that compare with it; what only reads is optimised less, and what nothing
# calls is left out.
STOCK := build/stock
STOCK_OBJ := $(patsubst %,$(STOCK)/%.o,$(filter-out demo image,$(DARKNET_NAMES)))
stock: $(STOCK)/stock_train $(BUILD)/tests/stock_train
STOCK_LEVEL := -Ofast
$(patsubst %,$(STOCK)/%.o,data list option_list parser tree): STOCK_LEVEL := -O1
$(STOCK_OBJ): $(STOCK)/%.o: | $(DARKNET_READY)
	@mkdir -p $(@D)
	$(Q)$(CC) -w -fPIC $(STOCK_LEVEL) -pthread -ffunction-sections -I$(DARKNET_SRC)/include -I$(DARKNET_SRC)/src \
	    -c $(DARKNET_SRC)/src/$*.c -o $@
$(STOCK)/stock_train: tests/stock_train.c $(STOCK_OBJ)
	@$(SAY) "LD $@"
	$(Q)$(CC) -O2 -I$(DARKNET_SRC)/include $^ -o $@ -Wl,--gc-sections -pthread -lm
$(TEST_PROGRAMS:%.c=$(BUILD)/%) $(GPU_PROGRAMS): %: %.o $(LIBRARY) $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(link_test) $(filter %.o,$^) $(WHOLE) -o $@ $(LIBS)

# Of tests/gpu; with CUDNN=1 too where that is given.
gpu-test:
	$(MAKE) GPU=1 gpu-tests
	$(MAKE) -s GPU=1 run-gpu-tests
gpu-tests: $(EXEC) $(GPU_TESTS) $(if $(filter 1,$(CUDNN)),$(GPU_PROGRAMS))
run-gpu-tests:
	scripts/run_tests.sh $(GPU_TESTS)
gpu-bench:
	scripts/gpu_bench.sh
$(GPU_TESTS): %: %.o $(GPU_TEST_SUPPORT) $(TEST_SUPPORT) $(LIBRARY) $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(link_test) $(filter %.o,$^) $(WHOLE) -o $@ -lcmocka $(LIBS)

# A program for each target, and what they share.
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_PROGRAMS := $(FUZZ_SRC:%.c=$(BUILD)/%)
FUZZ_SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(FUZZ_SRC),$(wildcard tests/fuzz/*.c)))
fuzz:
	$(MAKE) FUZZ=1 fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)
ifeq ($(FUZZ),1)
# libpng and libjpeg-turbo with the fuzzer's flags, and what they allocate counted; SYSTEM_PICTURES=1: the system's, which takes
# a minute less.
SYSTEM_PICTURES ?= 0
PICTURES_CHOICE := $(BUILD)/pictures-$(SYSTEM_PICTURES)
$(PICTURES_CHOICE):
	@mkdir -p $(@D)
	@rm -f $(BUILD)/pictures-*
	@touch $@
PICTURE_READERS := $(patsubst %,$(BUILD)/pixelcnn/pictures/%_picture.o,png jpeg)
$(PICTURE_READERS) $(FUZZ_PROGRAMS): $(PICTURES_CHOICE)
ifeq ($(SYSTEM_PICTURES),1)
PICTURE_LIBS := -lpng16 -ljpeg
else
PICTURE_LIBRARIES := $(BUILD)/libraries/link
PICTURE_LIBS = $$(cat $(PICTURE_LIBRARIES))
$(PICTURE_LIBRARIES): scripts/get_picture_libraries.sh
	scripts/get_picture_libraries.sh $(@D) "$(COMMON) $(RENAMED)"
$(PICTURE_READERS): OWN_CFLAGS += -isystem $(BUILD)/libraries/include
$(PICTURE_READERS) $(FUZZ_PROGRAMS): | $(PICTURE_LIBRARIES)
endif
$(FUZZ_PROGRAMS): %: %.o $(FUZZ_SUPPORT) $(LIBRARY) $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(link_test) -fsanitize=fuzzer $(filter %.o,$^) $(WHOLE) -o $@ $(PICTURE_LIBS) $(filter-out -lpng16 -ljpeg,$(LIBS))
endif

# What sampler and codec compute, by any compiler for any CPU (tests/test_exact_builds.sh): links only the C library.
HASHES_SRC := tests/exact/hashes_main.c tests/hashes.c tests/family.c $(filter-out $(GPU_SRC) $(MPI_SRC) base/byte_source.c,$(wildcard \
    $(addsuffix /*.c,base layers/math layers pixelcnn/net pixelcnn/sample pixelcnn/codec host))) pixelcnn/data/rows.c \
    pixelcnn/data/binarise.c pixelcnn/data/labels.c
$(BUILD)/tests/exact/hashes: $(HASHES_SRC:%.c=$(BUILD)/%.o) $(patsubst %,$(BUILD)/darknet-src/%.o,$(filter-out data demo image,$(DARKNET_NAMES))) \
    $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(link) -Wl,--gc-sections $(filter %.o,$^) -o $@ -lm

tsan:
	scripts/tsan.sh
TSAN_PROGRAMS := $(BUILD)/tests/tsan/planted $(BUILD)/tests/tsan/caller_threads
tsan-programs: $(EXEC) $(TSAN_PROGRAMS)
$(TSAN_PROGRAMS): %: %.o $(SHARED) $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(link) $(filter %.o %.so.0,$^) -Wl,-rpath,$(call quoted,$(CURDIR)/$(BUILD)) -o $@
