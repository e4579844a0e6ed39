# What a build with nvcc (GPU=1, CUDNN=1) adds to the Makefile. A build for another device sets the same variables and has
# its own two rules for $(CU_OBJ):
#
#   GPU_CFLAGS        for every C file and kernel, Darknet's too: what to define, where the toolkit's headers are
#   GPU_LIBS          to link with
#   CU_OBJ            objects of Darknet's kernels, X.cu.o in darknet-src, and of ours, $(CU_SRC)
#   KERNEL_COMMANDS   the commands that make them, for flags-kernels
#
# NVCC, CUDA_HOME, CUDNN_HOME, NCCL=0 and ARCH replace what is found: ARCH="sm_80 sm_90", ARCH=native, or options of nvcc as in
# Darknet's own Makefile. Without ARCH: every architecture from sm_75 on that the nvcc knows. NVCCFLAGS is added after our flags.

NVCC := $(or $(NVCC),$(if $(CUDA_HOME),$(wildcard $(CUDA_HOME)/bin/nvcc),$(or $(shell command -v nvcc 2>/dev/null),$(wildcard /usr/local/cuda/bin/nvcc))))
define NO_NVCC


GPU=1 needs NVIDIA's CUDA toolkit (tested with 13.0): no nvcc $(if $(CUDA_HOME),in CUDA_HOME=$(CUDA_HOME)/bin,on PATH or in /usr/local/cuda/bin).
Install it (https://developer.nvidia.com/cuda-downloads, or your distribution's cuda-toolkit),
or say where it is: make GPU=1 CUDA_HOME=/folder. Plain make (GPU=0) builds the program for the CPU


endef
define NO_CUDNN


CUDNN=1 needs cuDNN 9: cudnn.h is not among the headers of the toolkit or the system.
Install it (https://developer.nvidia.com/cudnn-downloads), or say where it is: CUDNN_HOME=/folder.
make GPU=1 does without it, plain make (GPU=0) builds the program for the CPU


endef
$(if $(NVCC),,$(error $(NO_NVCC)))

# Where nvcc itself looks.
NVCC_SAYS := $(shell $(filter-out ccache,$(NVCC)) -dryrun -x cu -c /dev/null -o /dev/null 2>&1 | grep -E '(INCLUDES|LIBRARIES)=' | tr -d '"' | tr = ' ')
CUDA_INCLUDE := $(realpath $(patsubst -I%,%,$(filter -I%,$(NVCC_SAYS))))
CUDA_LIB := $(realpath $(patsubst -L%,%,$(filter -L%,$(filter-out %/stubs,$(NVCC_SAYS)))))
ifneq ($(CUDNN_HOME),)
CUDA_INCLUDE += $(CUDNN_HOME)/include
CUDA_LIB += $(firstword $(wildcard $(CUDNN_HOME)/lib64 $(CUDNN_HOME)/lib))
endif
CUDA_ISYSTEM := $(addprefix -isystem ,$(filter-out /usr/include,$(CUDA_INCLUDE)))

# With several devices NCCL computes sums, if it is installed along with the toolkit; NCCL=0 leaves it out.
NCCL ?= $(if $(and $(wildcard $(addsuffix /nccl.h,$(CUDA_INCLUDE) /usr/include)),$(wildcard $(addsuffix /libnccl.so,$(CUDA_LIB) /usr/lib/x86_64-linux-gnu))),1,0)

GPU_CFLAGS := -DGPU $(if $(filter 1,$(NCCL)),-DNCCL) $(if $(filter 1,$(CUDNN)),-DCUDNN) $(CUDA_ISYSTEM)
GPU_LIBS := $(foreach d,$(CUDA_LIB),-L$(d) -Wl,-rpath,$(d)) $(if $(filter 1,$(CUDNN)),-lcudnn) $(if $(filter 1,$(NCCL)),-lnccl) -lcublas -lcurand -lcudart -lstdc++
ifeq ($(CUDNN),1)
$(if $(shell echo '\#include <cudnn.h>' | $(CC) $(CUDA_ISYSTEM) -E - 2>/dev/null),,$(error $(NO_CUDNN)))
endif

# Machine code for each, and for later architectures PTX of the newest, which the driver compiles.
ARCH ?= $(shell $(filter-out ccache,$(NVCC)) --list-gpu-arch 2>/dev/null | sed -n 's/^compute_\([0-9]*\)$$/\1/p' | sort -n | awk '$$1 >= 75 { print "sm_" $$1 }')
SMS := $(patsubst sm_%,%,$(filter sm_%,$(ARCH)))
GENCODE := $(filter-out native sm_%,$(ARCH)) $(if $(filter native,$(ARCH)),-arch=native) \
    $(foreach s,$(SMS),-gencode arch=compute_$(s),code=sm_$(s)) \
    $(foreach s,$(lastword $(SMS)),-gencode arch=compute_$(s),code=compute_$(s))
$(if $(strip $(GENCODE)),,$(error $(NVCC) knows no architecture from sm_75 on; name one: ARCH=sm_75))

ARCH_CFLAGS := -DGPU_ARCH='"$(strip $(ARCH))"'
$(BUILD)/base/device_gpu.o: OWN_CFLAGS += $(ARCH_CFLAGS)
OWN_FLAGS += $(ARCH_CFLAGS)

NVCC_FLAGS := $(if $(filter 1,$(DEBUG)),-O0 -g,-O3) -std=c++17 --threads 0 $(GENCODE) -Xcompiler -fPIC $(GPU_CFLAGS) $(NVCCFLAGS)
nvcc_darknet := $(NVCC) $(NVCC_FLAGS) -w -I$(DARKNET_SRC)/include -I$(DARKNET_SRC)/src
nvcc_ours := $(NVCC) $(NVCC_FLAGS) $(if $(filter 1,$(WERROR)),-Werror all-warnings) -Xcompiler -Wall,-Wextra -I. \
    -isystem $(DARKNET_SRC)/include -isystem $(DARKNET_SRC)/src
KERNEL_COMMANDS := $(nvcc_darknet) $(filter-out -Werror all-warnings,$(nvcc_ours))
# The sampler has the CPU's bits: products and sums are fused where it says so, and nowhere else (base/fused.h).
$(BUILD)/pixelcnn/sample/%.cu.o: OWN_NVCCFLAGS = -fmad=false

$(KERNEL_NAMES:%=$(BUILD)/darknet-src/%.cu.o): $(BUILD)/darknet-src/%.cu.o: $(BUILD)/flags-kernels | $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(SAY) "NVCC $(DARKNET_SRC)/src/$*.cu"
	$(Q)$(nvcc_darknet) -c $(DARKNET_SRC)/src/$*.cu -o $(stock_object)
	$(Q)$(replace)

$(BUILD)/%.cu.o: %.cu $(BUILD)/flags-kernels | $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(SAY) "NVCC $<"
	$(Q)$(nvcc_ours) $(OWN_NVCCFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@
