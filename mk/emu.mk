# make EMU=1: the GPU build with the emulator in place of CUDA, by g++ and python3 alone. The variables are those of mk/cuda.mk.
# SANITIZE=thread watches our kernels for races, SANITIZE=address watches them and the GPU-only code for memory errors.

EMU_SRC := $(wildcard tests/cuemu/*.cc)
EMU_OBJ := $(EMU_SRC:%.cc=$(BUILD)/%.o)
EMU_MODE := $(if $(filter thread,$(SANITIZE)),-DCUEMU_TSAN)$(if $(filter address,$(SANITIZE)),-DCUEMU_ASAN)

ifeq ($(origin CXX),default)
CXX := $(patsubst %clang,%clang++,$(patsubst %gcc,%g++,$(CC)))
endif
GPU_CFLAGS := -DGPU $(if $(filter 1,$(NCCL)),-DNCCL) $(if $(filter 1,$(CUDNN)),-DCUDNN) -isystem tests/cuemu/include
WATCH := $(if $(filter thread address,$(SANITIZE)),-O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE))
$(if $(WATCH),$(call needs,EMU=1 SANITIZE=$(SANITIZE),$(WATCH),a compiler with that sanitizer; CC=$(CC) does not link with it))
GPU_LIBS := $(WATCH) -lstdc++
ifeq ($(SANITIZE),address)
$(GPU_SRC:%.c=$(BUILD)/%.o): OWN_CFLAGS += $(WATCH)
EMU_WATCH := $(WATCH)
endif

# Never -Ofast: here unwritten memory is NaN.
EMU_FLAGS = $(CXX) $(COMMON) -std=gnu++17 -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror)
EMU_LAST = $(CPPFLAGS) $(CXXFLAGS) $(NEEDED) -fopenmp-simd
emu = $(EMU_FLAGS) $(EMU_MODE) $(EMU_WATCH) -Itests/cuemu/include $(EMU_LAST)
any_kernel = $(EMU_FLAGS) $(1) $(GPU_CFLAGS) -include cuda_runtime.h -Wno-sign-compare $(EMU_LAST)
kernel = $(call any_kernel,$(WATCH))
# Darknet's kernels are not watched, which would take half a minute to compile.
darknet_kernel = $(call any_kernel,) -w -I$(DARKNET_SRC)/include -I$(DARKNET_SRC)/src
our_kernel = $(kernel) $(NOT_FUSED) -Wno-unknown-pragmas -Wno-unused-parameter -I. -isystem $(DARKNET_SRC)/include -isystem $(DARKNET_SRC)/src
KERNEL_COMMANDS = $(emu) $(darknet_kernel) $(our_kernel)

$(LIBRARY): $(EMU_OBJ)

EMU_HEADERS := tests/cuemu/translate.py $(BUILD)/flags-kernels $(wildcard tests/cuemu/include/*.h)

$(KERNEL_NAMES:%=$(BUILD)/darknet-src/%.cu.o): $(BUILD)/darknet-src/%.cu.o: $(EMU_HEADERS) | $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(SAY) "EMU $(DARKNET_SRC)/src/$*.cu"
	$(Q)tests/cuemu/translate.py $(DARKNET_SRC)/src/$*.cu $(@:.o=.cc)
	$(Q)$(darknet_kernel) -c $(@:.o=.cc) -o $(stock_object)
	$(Q)$(replace)

$(BUILD)/%.cu.o: %.cu $(EMU_HEADERS) | $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(SAY) "EMU $<"
	$(Q)tests/cuemu/translate.py $< $(@:.o=.cc)
	$(Q)$(our_kernel) -I$(<D) -MMD -MP -MF $(@:.o=.d) -c $(@:.o=.cc) -o $@

$(EMU_OBJ): $(BUILD)/%.o: %.cc $(BUILD)/flags-kernels
	@mkdir -p $(@D)
	@$(SAY) "CXX $<"
	$(Q)$(emu) -MMD -MP -c $< -o $@

# The emulator's own test, of which only this much is built in each mode: see test_planted.sh.
$(BUILD)/tests/cuemu/planted.o: tests/cuemu/planted.cu $(EMU_HEADERS)
	@mkdir -p $(@D)
	@$(SAY) "EMU $<"
	$(Q)tests/cuemu/translate.py $< $(@:.o=.cu.cc)
	$(Q)$(kernel) -O1 -g -c $(@:.o=.cu.cc) -o $@

$(BUILD)/tests/cuemu/planted: $(BUILD)/tests/cuemu/planted.o $(EMU_OBJ) $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(CXX) $(COMMON) $(CXXFLAGS) $(LDFLAGS) $(filter %.o,$^) -o $@ $(GPU_LIBS)
