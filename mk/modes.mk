# How the sanitizers, coverage and the fuzzer change the flags. If something is missing, each says so in one line.

ifeq ($(SANITIZE),1)
SANITIZERS := -fsanitize=address -fsanitize=undefined -fno-sanitize-recover=undefined
$(call needs,SANITIZE=1,$(SANITIZERS),a compiler with AddressSanitizer and UBSan; CC=$(CC) does not link with $(SANITIZERS))
COMMON += -g $(SANITIZERS) -fno-omit-frame-pointer
endif

# These need clang: its OpenMP runtime reports synchronisation to ThreadSanitizer (scripts/tsan.sh), and it has libFuzzer.
ifneq ($(filter thread-cpu,$(SANITIZE)-$(BACKEND))$(filter 1,$(FUZZ)),)
ifeq ($(findstring clang,$(CC)),)
override CC := $(filter ccache,$(CC)) clang
endif
endif
ifeq ($(SANITIZE)-$(BACKEND),thread-cpu)
$(call needs,SANITIZE=thread,-fsanitize=thread -fopenmp,clang with ThreadSanitizer and OpenMP (Debian: clang libclang-rt-14-dev libomp-dev))
COMMON := -O1 -g -pthread -fsanitize=thread -fno-omit-frame-pointer
endif

# See tests/fuzz/harness.h.
ifeq ($(FUZZ),1)
$(if $(filter clean,$(MAKECMDGOALS)),,$(call needs,FUZZ=1,-fsanitize=fuzzer-no-link -fsanitize=address,clang with libFuzzer and \
    AddressSanitizer (Debian: clang libclang-rt-14-dev)))
OPENMP_FLAGS := -Wno-unknown-pragmas
BUILD := build/fuzz
COMMON := -O1 -gline-tables-only -pthread -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
RENAMED := $(foreach f,malloc calloc realloc aligned_alloc free fopen fclose,-D$(f)=fuzz_$(f))
DARKNET_EXTRA := -Dfree=fuzz_free -fno-sanitize=pointer-overflow
# No target calls it, and with all of stb in it clang takes a quarter of a minute.
$(BUILD)/darknet-src/image.o: DARKNET_EXTRA += -O0 -fno-sanitize=all
# What no target calls is not built.
LEFT_OUT := $(foreach r,check watch commands,pixelcnn/$(r)/%)
# The code that counts allocations is not counted itself.
OWN_CFLAGS = $(RENAMED)
$(BUILD)/tests/fuzz/harness.o $(BUILD)/tests/fuzz/outstanding.o: RENAMED :=
endif

# Instrumented, and not optimised: checkpoints, data, and everything between Darknet and our code.
ifeq ($(COVERAGE),1)
COVERED := $(wildcard host/*.c base/*.c pixelcnn/net/*.c pixelcnn/data/*.c pixelcnn/train/*.c)
LIBS += --coverage -Wl,-u,__gcov_dump
$(COVERED:%.c=$(BUILD)/%.o): OWN_CFLAGS += -O0 --coverage -fprofile-update=atomic
endif

# clang warns about loops that it does not vectorise.
ifneq ($(findstring clang,$(CC)),)
WARNINGS += -Wno-pass-failed
ifeq ($(OPENMP)$(FUZZ),10)
$(call needs,CC=$(CC),-fopenmp,its OpenMP runtime (Debian: libomp-dev)$(comma) or OPENMP=0)
endif
endif
