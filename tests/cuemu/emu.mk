# make EMU=1: the GPU build with the emulator in place of CUDA, by g++ and python3 alone. The variables are those of
# host/cuda.mk. SANITIZE=thread watches the kernels for races, SANITIZE=address them and what is for a GPU only for memory errors.

EMU_SRC := $(wildcard tests/cuemu/*.cc)
EMU_OBJ := $(EMU_SRC:%.cc=$(BUILD)/%.o)
EMU_MODE := $(if $(filter thread,$(SANITIZE)),-DCUEMU_TSAN)$(if $(filter address,$(SANITIZE)),-DCUEMU_ASAN)

GPU_CFLAGS := -DGPU $(if $(filter 1,$(CUDNN)),-DCUDNN) -isystem tests/cuemu/include
WATCH := $(if $(filter thread address,$(SANITIZE)),-g -fno-omit-frame-pointer -fsanitize=$(SANITIZE))
GPU_LIBS := $(WATCH) -lstdc++
ifeq ($(SANITIZE),address)
$(GPU_SRC:%.c=$(BUILD)/%.o): CFLAGS += $(WATCH)
EMU_WATCH := $(WATCH)
endif

CXX := $(patsubst %gcc,%g++,$(CC))
# Never -Ofast: what nobody has written is NaN here.
CXXFLAGS = $(COMMON) -std=gnu++17 -fPIC -fno-math-errno -fopenmp-simd
KERNEL_FLAGS = $(CXXFLAGS) $(WATCH) $(GPU_CFLAGS) -include cuda_runtime.h
KERNEL_OURS = -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-unused-parameter -Wno-sign-compare -I. \
    -isystem $(DARKNET_SRC)/include -isystem $(DARKNET_SRC)/src

$(LIBRARY): $(EMU_OBJ)

EMU_HEADERS := tests/cuemu/translate.py tests/cuemu/emu.mk $(wildcard tests/cuemu/include/*.h)

$(BUILD)/darknet-src/%.cu.o: $(DARKNET_READY) $(EMU_HEADERS) Makefile
	@mkdir -p $(@D)
	@echo "EMU $(DARKNET_SRC)/src/$*.cu"
	@tests/cuemu/translate.py $(DARKNET_SRC)/src/$*.cu $(@:.o=.cc)
	@$(CXX) $(KERNEL_FLAGS) -w -I$(DARKNET_SRC)/include -I$(DARKNET_SRC)/src -c $(@:.o=.cc) -o $@
	@$(if $(REPLACED_$*),$(replace))

$(BUILD)/%.cu.o: %.cu $(DARKNET_READY) $(EMU_HEADERS) Makefile
	@mkdir -p $(@D)
	@echo "EMU $<"
	@tests/cuemu/translate.py $< $(@:.o=.cc)
	@$(CXX) $(KERNEL_FLAGS) $(KERNEL_OURS) -I$(<D) -MMD -MP -MF $(@:.o=.d) -c $(@:.o=.cc) -o $@

$(BUILD)/tests/cuemu/%.o: tests/cuemu/%.cc tests/cuemu/emu.mk Makefile
	@mkdir -p $(@D)
	@echo "CXX $<"
	@$(CXX) $(CXXFLAGS) $(EMU_MODE) $(EMU_WATCH) -Wall -Wextra -Werror -MMD -MP -Itests/cuemu/include -c $< -o $@

# The emulator's own test, of which only this much is built in each mode: see test_planted.sh.
$(BUILD)/tests/cuemu/planted.o: tests/cuemu/planted.cu $(EMU_HEADERS) Makefile
	@mkdir -p $(@D)
	@echo "EMU $<"
	@tests/cuemu/translate.py $< $(@:.o=.cu.cc)
	@$(CXX) $(KERNEL_FLAGS) -O1 -g -Wall -Wextra -Werror -Wno-sign-compare -c $(@:.o=.cu.cc) -o $@

$(BUILD)/tests/cuemu/planted: $(BUILD)/tests/cuemu/planted.o $(EMU_OBJ)
	@echo "LD $@"
	@$(CXX) $(COMMON) $^ -o $@ $(GPU_LIBS)

-include $(EMU_OBJ:.o=.d)
