# Gated PixelCNN in Darknet.
#
#   make               builds ./darknet; fetches Darknet's source once, into build/
#   make library       builds libpixelcnn.so and libpixelcnn.a (docs/library.md)
#   make install       installs program, library, header, man page and Python modules (docs/install.md); make uninstall removes them
#   make dist, deb     a tarball of the sources with Darknet's, Debian packages
#   make web           the page in the browser, in build/web (clang; docs/browser.md)
#   make check         builds and runs the core of the tests
#   make test          builds and runs all tests; installs nothing (scripts/test.sh first installs what they need)
#   make soak          the long tests: kills, faults, fuzzing, for hours
#   make asan, tsan    tests under AddressSanitizer and UBSan, threads under ThreadSanitizer (clang)
#   make coverage      counts the branches that the tests take
#   make fuzz          builds the fuzz targets (clang); scripts/fuzz.sh runs them
#   make bench         compares the speed with PyTorch's; scripts/bench_against.sh COMMIT: with another commit's
#   make gpu-test, gpu-bench   the same on an NVIDIA device (docs/gpu.md)
#   make format, clean
#
# Switches, on the command line or in the environment (default):
#
#   CC, AR, LD, OBJCOPY          tools (gcc, ar, ld, objcopy)
#   CFLAGS, CPPFLAGS, LDFLAGS    added after our own flags (empty): CFLAGS=-O2 replaces our -O3, CFLAGS=-march=native keeps it,
#                                and applies to Darknet's files only: our loops are compiled for each instruction set of x86-64
#   V=1                          show the commands
#   WERROR=1                     warnings are errors, for developers and CI
#   DEBUG=1                      -O0 -g
#   OPENMP=0                     one thread
#   ONEDNN=0                     Darknet's own layers multiply by our kernel too, and oneDNN is not needed
#   HARDENING, HARDENED_LINK     flags against memory errors (SECURITY.md); empty: none
#   SANITIZE=1                   AddressSanitizer and UBSan
#   SANITIZE=thread, address     ThreadSanitizer (clang); with EMU=1 the kernels under either
#   COVERAGE=1, FUZZ=1           for make coverage and make fuzz
#   GPU=1, CUDNN=1               for NVIDIA devices, with cuDNN (docs/gpu.md): NVCC, CUDA_HOME, CUDNN_HOME, ARCH, NCCL
#   MPI=1                        several processes on one machine or many (docs/cluster.md): MPICC
#   EMU=1                        for the emulated device (tests/cuemu/README.md): CXX, CXXFLAGS, NCCL=1
#   DARKNET_SRC=DIR              your Darknet tree, checked against host/darknet.sha256 (build/darknet-61c9d02e)
#   PREFIX, DESTDIR, BINDIR...   where make install puts things (mk/install.mk); WEB_NET and others: the page (mk/web.mk)
#
# Each build has its own folder in build/; ./darknet is a link to the program built last.

ifeq ($(origin CC),default)
CC := gcc
endif
OBJCOPY ?= objcopy
V ?= 0
WERROR ?= 0
OPENMP ?= 1
ONEDNN ?= 1
DEBUG ?= 0
SANITIZE ?= 0
COVERAGE ?= 0
FUZZ ?= 0
GPU ?= 0
CUDNN ?= 0
EMU ?= 0
MPI ?= 0
DARKNET_SRC ?= build/darknet-61c9d02e

$(foreach s,V WERROR OPENMP ONEDNN DEBUG COVERAGE FUZZ GPU CUDNN EMU MPI,$(if $(filter 0 1,$($s)),,$(error $s=$($s): expected 0 or 1)))
$(if $(filter 0 1 thread address,$(SANITIZE)),,$(error SANITIZE=$(SANITIZE): expected 0, 1, thread or address))
BACKEND := $(if $(filter 1,$(EMU)),emu,$(if $(filter 1,$(GPU)),gpu,cpu))$(if $(filter 1,$(CUDNN)),-cudnn)$(if $(filter 11,$(EMU)$(NCCL)),-nccl)
$(if $(filter cpu-cudnn,$(BACKEND)),$(error CUDNN=1 goes with GPU=1 only))
$(if $(filter 1-emu% thread-gpu% address-cpu% address-gpu%,$(SANITIZE)-$(BACKEND)),$(error SANITIZE=$(SANITIZE) \
    is not for this build: 1 is for the CPU and GPU=1, thread for the CPU and EMU=1, address for EMU=1))
$(if $(filter 11,$(MPI)$(FUZZ)),$(error MPI=1 is not for FUZZ=1))
$(if $(filter 1,$(words $(DARKNET_SRC))),,$(error DARKNET_SRC=$(DARKNET_SRC): make cannot read names with spaces; use a link))
ifneq ($(origin DARKNET_SRC),file)
$(if $(wildcard $(DARKNET_SRC)/src),,$(error DARKNET_SRC=$(DARKNET_SRC): no Darknet source there; without DARKNET_SRC make fetches it))
endif
$(if $(filter -Ofast -ffast-math -ffinite-math-only,$(CFLAGS)),$(error CFLAGS=$(CFLAGS): without NaN and infinity (-Ofast, \
    -ffast-math) our checks for them fail))

Q := $(if $(filter 1,$(V)),,@)
# Names what a rule makes, where the commands are not shown.
SAY := $(if $(filter 1,$(V)),:,echo)
BUILD := build/$(BACKEND)$(if $(filter 1,$(MPI)),-mpi)$(if $(filter 1,$(OPENMP)),,-serial)$(if $(filter 1,$(DEBUG)),-debug)$(if $(filter 1,$(SANITIZE)),-asan)$(if $(filter thread address,$(SANITIZE)),-$(SANITIZE))$(if $(filter 1,$(COVERAGE)),-coverage)
EXEC = $(BUILD)/darknet
# Quotes a word for the shell.
quoted = '$(subst ','\'',$(1))'
comma := ,
# $(call needs,SWITCH,FLAGS,WHAT): the compiler links a program with these flags, or make stops.
needs = $(if $(shell echo 'int main(void) { return 0; }' | $(CC) $(2) -x c - -o /dev/null 2>/dev/null && echo yes),,$(error $(1) needs $(3)))

# ---- flags: ours, then the caller's, then those that are indispensable ----

COMMON := $(if $(filter 1,$(DEBUG)),-O0 -g,-O3) -pthread
OPENMP_FLAGS := $(if $(filter 1,$(OPENMP)),-fopenmp,-fopenmp-simd -Wno-unknown-pragmas)
WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wvla
LIBS := $(if $(filter 1,$(ONEDNN)),-ldnnl) -lxxhash -lz -lzip -lgif -lpng16 -ljpeg -lcairo -lfontconfig -lm
include mk/modes.mk

# Not under the sanitizers, which check more. _FORTIFY_SOURCE needs the optimiser, and is defined once.
ifeq ($(filter 1 thread address,$(SANITIZE))$(filter 1,$(FUZZ)),)
HARDENING ?= -fstack-protector-strong $(if $(filter 1,$(DEBUG) $(COVERAGE))$(filter -O0,$(CFLAGS))$(findstring \
    _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDENED_LINK ?= -Wl,-z,relro,-z,now
endif
# The same bits in any folder: assertions and debugging information (-g) contain paths.
SAME_PATHS = -ffile-prefix-map=$(DARKNET_SRC)=darknet $(if $(findstring -g,$(COMMON) $(CFLAGS)),-ffile-prefix-map=$(call quoted,$(CURDIR))=.)
# -fPIC since objects go into the library too; no LTO, which would not see that symbols of Darknet are edited (objcopy).
NEEDED := -fPIC -fno-lto -fno-math-errno
# Products and sums are fused where our code says so, and nowhere else: the same bits by every compiler (base/fused.h).
NOT_FUSED := -ffp-contract=off

OUR_CFLAGS = $(COMMON) $(HARDENING) $(SAME_PATHS) $(OPENMP_FLAGS) -std=gnu11 $(WARNINGS) -MMD -MP -fno-semantic-interposition \
    $(GPU_CFLAGS) -I. -isystem $(DARKNET_SRC)/include -isystem $(DARKNET_SRC)/src $(OUR_EXTRA)
# Our loops are compiled for each instruction set of x86-64, without the caller's -march: gcc cannot inline a loop into a function whose
# instruction set lacks one of its extensions.
CALLERS_CFLAGS := $(if $(filter -march=%,$(CFLAGS)),$(if $(findstring x86_64,$(shell $(CC) -dumpmachine)),$(filter-out -march=%,$(CFLAGS)),$(CFLAGS)),$(CFLAGS))
# OWN_CFLAGS, a file's own flags, is target-specific.
compile = $(CC) $(OUR_CFLAGS) $(CPPFLAGS) $(CALLERS_CFLAGS) $(NEEDED) $(NOT_FUSED) $(OWN_CFLAGS) $(if $(filter 1,$(WERROR)),-Werror)
# -fsemantic-interposition: the compiler must not bypass what host/ replaces. Functions that allocate, open files or exit, whose
# results Darknet never checks, become ours. Each function has its own section, so that a replaced one can keep a second name.
DARKNET_CFLAGS = $(COMMON) $(HARDENING) $(SAME_PATHS) -ffunction-sections -Dcalloc=checked_calloc -Dmalloc=checked_malloc \
    -Drealloc=checked_realloc -include host/stock_files.h $(if $(GPU_CFLAGS),$(GPU_CFLAGS) -include host/cudnn_compat.h) \
    -I$(DARKNET_SRC)/include -I$(DARKNET_SRC)/src
compile_darknet = $(CC) $(DARKNET_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(DARKNET_EXTRA) -w -fsemantic-interposition $(NEEDED)
link = $(CC) $(COMMON) $(OPENMP_FLAGS) $(CFLAGS) $(HARDENED_LINK) $(LDFLAGS)

.PHONY: all library FORCE
.DELETE_ON_ERROR:
# No built-in rules: searching them takes a third of a second in each make.
.SUFFIXES:
all: $(if $(filter 1,$(SANITIZE) $(COVERAGE) $(EMU)),$(EXEC),darknet)

# ---- what is built from what ----

include mk/darknet.mk

# Each includes only those to its left (tests/check_rooms.py); library/ is linked into libpixelcnn.so only.
ROOMS := base layers/math layers $(addprefix pixelcnn/,net pictures data sample train check codec watch commands) host
# Files with these names are only for GPU builds.
GPU_SRC := $(wildcard $(ROOMS:%=%/*_gpu.c))
CU_SRC := $(sort $(wildcard $(ROOMS:%=%/*.cu)))
CU_OBJ := $(KERNEL_NAMES:%=$(BUILD)/darknet-src/%.cu.o) $(CU_SRC:%=$(BUILD)/%.o)
# For several processes, or for one.
MPI_SRC := $(addprefix base/ranks_,mpi.c watch.c place.c)
ALONE_SRC := base/ranks_alone.c
OUR_SRC := $(sort $(filter-out $(if $(filter cpu,$(BACKEND)),$(GPU_SRC)) $(if $(filter 1,$(MPI)),$(ALONE_SRC),$(MPI_SRC)) $(LEFT_OUT),$(wildcard $(ROOMS:%=%/*.c))))
OUR_OBJ := $(OUR_SRC:%.c=$(BUILD)/%.o)
# All objects but main.o. Linked whole: otherwise a weak stock definition found first would keep the linker from looking for ours.
LIBRARY := $(BUILD)/libpixelcnn-all.a
WHOLE := -Wl,--whole-archive $(LIBRARY) -Wl,--no-whole-archive

# A link to the latest build.
darknet: $(EXEC) $(if $(filter $(EXEC),$(shell readlink darknet)),,FORCE)
	@ln -sf $< $@

ifneq ($(BACKEND),cpu)
include $(if $(filter 1,$(EMU)),mk/emu.mk,mk/cuda.mk)
LIBS += $(GPU_LIBS)
$(LIBRARY): $(CU_OBJ)
endif

ifeq ($(MPI),1)
include mk/mpi.mk
endif

$(EXEC): $(BUILD)/pixelcnn/commands/main.o $(LIBRARY) $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(link) -pie $(filter %.o,$^) $(WHOLE) -o $@ $(LIBS)

$(LIBRARY): $(DARKNET_OBJ) $(filter-out %/main.o,$(OUR_OBJ)) $(BUILD)/flags-link
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $(filter %.o,$^)

# The alignment of the kernel's loop in the instruction cache is worth a few per cent of speed.
$(BUILD)/layers/math/multiply.o: OWN_CFLAGS += -falign-functions=64 -falign-loops=64
# Otherwise gcc 12 compiles a comparison in a loop to a branch, because it might raise an exception, and does not vectorise it.
# Not for multiply_in_software.h, whose sums come out differently.
$(BUILD)/layers/math/gate.o $(BUILD)/layers/activation_planes.o: OWN_CFLAGS += -fno-trapping-math
$(BUILD)/%.o: %.c $(BUILD)/flags-ours | $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(SAY) "CC $<"
	$(Q)$(compile) -c $< -o $@

# What a program has to link with the static library; the shared one brings it along.
LIBRARY_LIBS = $(filter-out -lz -lzip -lgif -lpng16 -ljpeg -lcairo -lfontconfig $(GPU_LIBS) $(MPI_LIBS),$(LIBS)) \
    $(filter -fopenmp,$(OPENMP_FLAGS))

# The library: those of the same objects that it needs, with calls redirected as library/ledger.h and call.h say.
# It computes on the CPU, even in a GPU build, and in one process.
ifneq ($(BACKEND)$(MPI),cpu0)
SHARED := build/cpu/libpixelcnn.so.0
STATIC := build/cpu/libpixelcnn.a
$(STATIC): $(SHARED) ;
$(SHARED):
	@echo "libpixelcnn.so computes on the CPU in one process: it is that of a build without GPU=1 and MPI=1"
	$(MAKE) EMU=0 GPU=0 CUDNN=0 MPI=0 OPENMP=1 DEBUG=0 SANITIZE=0 library
.PHONY: $(SHARED)
else
SHARED := $(BUILD)/libpixelcnn.so.0
STATIC := $(BUILD)/libpixelcnn.a
SHARED_SRC := $(wildcard library/*.c) $(filter-out $(foreach r,pictures check watch commands,pixelcnn/$(r)/%),$(OUR_SRC))
SHARED_OBJ := $(DARKNET_NAMES:%=$(BUILD)/darknet-src/%.o) $(SHARED_SRC:%.c=$(BUILD)/%.o)
REDIRECTED := malloc calloc realloc aligned_alloc free fopen fclose rand stderr
$(SHARED): $(SHARED_OBJ) library/exports.map $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(link) -shared -Wl,-soname,$(@F),--version-script=library/exports.map -Wl,--gc-sections,-z,now,-z,nodelete \
	    $(REDIRECTED:%=-Wl,--wrap=%) $(filter %.o,$^) -o $@ $(LIBRARY_LIBS)
	@ln -sf $(@F) $(@:.0=)

# A single object, linked like the shared library, in which only the functions of the header are global.
$(STATIC): $(SHARED_OBJ) library/exports.map $(BUILD)/flags-link
	@$(SAY) "LD $@"
	$(Q)$(LD) -r --gc-sections $$(sed -n 's/^    \(pixelcnn_.*\);$$/-u \1/p' library/exports.map) \
	    $(REDIRECTED:%=--wrap=%) $(filter %.o,$^) -o $(@:.a=.o)
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='pixelcnn_*' $(@:.a=.o)
	$(Q)rm -f $@ && $(AR) rcsD $@ $(@:.a=.o)
endif
library: $(SHARED) $(STATIC)

# This file names oneDNN: rebuilt when the libraries to link with change.
ONEDNN_USERS := $(BUILD)/host/gemm_cpu.o $(BUILD)/pixelcnn/commands/version.o
$(ONEDNN_USERS): $(BUILD)/flags-link
$(ONEDNN_USERS): OWN_CFLAGS += $(if $(filter 1,$(ONEDNN)),-DONEDNN)

include mk/install.mk
include mk/web.mk
include mk/tests.mk

.PHONY: format clean
format:
	clang-format -i $(wildcard $(foreach r,$(ROOMS) library web tests,$(r)/*.[ch] $(r)/*.cu) tests/fuzz/*.[ch] tests/gpu/*.[ch] tests/tsan/*.c)
clean:
	rm -rf darknet build/cpu* build/web* build/deb build/gpu* build/emu* build/coverage build/stock build/fuzz build/against/*/

# ---- flags-X has the flags of one kind of object, which depends on it; it is rewritten when they change ----

# Computed here, not in the recipe, where target-specific flags would get in. Without -Werror and ccache, which change no object.
tidy = $(strip $(filter-out ccache -Werror,$(1)))
FLAGS_ours := $(call tidy,$(compile) $(STB_CFLAGS) $(OWN_FLAGS))
FLAGS_darknet := $(call tidy,$(compile_darknet) $(OBJCOPY) $(foreach v,$(sort $(filter REPLACED_% KEPT_%,$(.VARIABLES))),$v=$($v)))
FLAGS_kernels := $(call tidy,$(KERNEL_COMMANDS) $(REPLACED_activation_kernels))
FLAGS_link := $(call tidy,$(link) $(AR) $(LD) $(LIBS) $(CU_OBJ) $(DARKNET_OBJ) $(OUR_OBJ) $(SHARED_SRC))
FLAGS := $(patsubst %,$(BUILD)/flags-%,ours darknet kernels link)
$(FLAGS): $(BUILD)/flags-%:
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(FLAGS_$*)) >$@
same = $(and $(findstring <$(1)>,<$(2)>),$(findstring <$(2)>,<$(1)>))
$(foreach f,$(FLAGS),$(if $(call same,$(FLAGS_$(f:$(BUILD)/flags-%=%)),$(file <$f)),,$(eval $f: FORCE)))

-include $(OUR_OBJ:.o=.d) $(CU_SRC:%=$(BUILD)/%.d) $(wildcard $(BUILD)/library/*.d $(BUILD)/tests/*.d $(BUILD)/tests/*/*.d)
