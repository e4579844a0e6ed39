# make web: the page in the browser (docs/browser.md), in build/web. By clang for wasm32 with wasi-libc; one thread, vectors of 128
# bits, without oneDNN. Its wasm differs from libpixelcnn.so by what web/ replaces: errors, calls, signals.
#
#   WEB_CC        the compiler (clang)
#   WEB_SYSROOT   where wasi-libc is: include/wasm32-wasi, lib/wasm32-wasi (/usr)
#   WEB_NET       which net: cfg/NET.cfg and weights/NET.weights (gated_pixelcnn)
WEB_CC ?= clang
WEB_SYSROOT ?= /usr
WEB_NET ?= gated_pixelcnn
WEB := build/web
WEB_OBJECTS := $(WEB)-objects

# Files that need processes, threads or a file system. The linker omits functions that are not called, so nothing is missing.
NOT_IN_WEB := $(MPI_SRC) $(addprefix base/,errors.c signals.c atomic_file.c output_path.c temporary_files.c byte_source.c row_file.c \
    csv.c) library/call.c library/ledger.c
WEB_SRC := $(filter-out $(NOT_IN_WEB) $(GPU_SRC),$(wildcard $(addsuffix /*.c,web library base layers/math layers pixelcnn/net \
    pixelcnn/sample pixelcnn/codec host))) $(wildcard $(addprefix pixelcnn/data/,evaluate*.c binarise.c labels.c rows.c shares.c))
WEB_OBJ := $(WEB_SRC:%.c=$(WEB_OBJECTS)/%.o)
WEB_DARKNET := $(patsubst %,$(WEB_OBJECTS)/darknet-src/%.o,$(filter-out data demo image,$(DARKNET_NAMES)))
WEB_FILES := $(addprefix $(WEB)/,$(notdir $(wildcard web/*.html web/*.css web/*.js)) pixelcnn.wasm net.cfg net.weights net.names)

WEB_FLAGS = --target=wasm32-wasi --sysroot=$(WEB_SYSROOT) -O3 -msimd128 -fno-math-errno
# xxHash and Random123 are system headers, searched after wasi-libc's.
WEB_CFLAGS = $(WEB_FLAGS) -MMD -MP -isystem web/wasi -idirafter /usr/include
WEB_OURS = $(WEB_CFLAGS) $(NOT_FUSED) -std=gnu11 $(WARNINGS) -Wno-unknown-pragmas -DXXH_INLINE_ALL -I. -isystem $(DARKNET_SRC)/include \
    -isystem $(DARKNET_SRC)/src $(if $(filter 1,$(WERROR)),-Werror)
# Darknet's part computes nothing for our nets.
WEB_STOCK = $(WEB_CFLAGS) -O1 -w -Dcalloc=checked_calloc -Dmalloc=checked_malloc -Drealloc=checked_realloc -include host/stock_files.h \
    -I$(DARKNET_SRC)/include -I$(DARKNET_SRC)/src
WEB_EXPORTS := malloc free $(addprefix pixelcnn_,load_memory free channels height width levels classes sample complete nll_values \
    compress_bound compress compressed decompress)
WEB_LINK = $(WEB_FLAGS) -mexec-model=reactor $(WEB_EXPORTS:%=-Wl,--export=%) -Wl,--wrap=lanes_start_row,--wrap=lanes_put_value \
    -Wl,-z,stack-size=1048576,--stack-first,--strip-all

.PHONY: web
web: $(WEB_FILES)
	@echo "$(WEB): serve it by scripts/web.sh, or as static files"

$(WEB)/pixelcnn.wasm: $(WEB_OBJ) $(WEB_DARKNET)
	@mkdir -p $(@D)
	@$(SAY) "LD $@"
	$(Q)$(WEB_CC) $(WEB_LINK) $^ -o $@

# tests/exact/hashes_main.c as a program of its own, for node (tests/test_exact_builds.sh).
WEB_HASHES_OBJ := $(addprefix $(WEB_OBJECTS)/tests/,exact/hashes_main.o hashes.o family.o)
$(WEB_OBJECTS)/hashes.wasm: $(WEB_HASHES_OBJ) $(filter-out $(WEB_OBJECTS)/web/page.o $(WEB_OBJECTS)/library/%,$(WEB_OBJ)) $(WEB_DARKNET)
	@$(SAY) "LD $@"
	$(Q)$(WEB_CC) $(WEB_FLAGS) -Wl,-z,stack-size=1048576,--stack-first,--strip-all $^ -o $@

$(WEB_OBJ) $(WEB_HASHES_OBJ): $(WEB_OBJECTS)/%.o: %.c mk/web.mk | $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(SAY) "CC $< (wasm)"
	$(Q)$(WEB_CC) $(WEB_OURS) -c $< -o $@

# objcopy cannot edit these objects: a header declares which functions are weak and which keep a second name.
$(WEB_DARKNET): $(WEB_OBJECTS)/darknet-src/%.o: $(WEB_OBJECTS)/darknet-src/%.symbols.h host/stock_files.h | $(DARKNET_READY)
	@$(SAY) "CC $(DARKNET_SRC)/src/$*.c (wasm)"
	$(Q)$(WEB_CC) $(WEB_STOCK) -include $< -c $(DARKNET_SRC)/src/$*.c -o $@
$(WEB_OBJECTS)/darknet-src/%.symbols.h: mk/web.mk mk/darknet.mk
	@mkdir -p $(@D)
	@printf '%s\n' '#include "network.h"' '#include "layer.h"' $(foreach s,$(REPLACED_$*),'#pragma weak $(s)') \
	    $(foreach s,$(KEPT_$*),'extern __typeof__($(s)) darknet_$(s) __attribute__((alias("$(s)")));') >$@
.SECONDARY: $(WEB_DARKNET:.o=.symbols.h)

$(WEB)/net.cfg: cfg/$(WEB_NET).cfg
$(WEB)/net.weights: weights/$(WEB_NET).weights
$(WEB)/net.cfg $(WEB)/net.weights:
	@mkdir -p $(@D)
	$(Q)cp $< $@
# The names of the net's classes, a line each; empty if they have none.
$(WEB)/net.names: $(wildcard weights/$(WEB_NET).names) mk/web.mk
	@mkdir -p $(@D)
	$(Q)cat /dev/null $(filter %.names,$^) >$@
$(WEB)/index.html: web/index.html mk/web.mk
	@mkdir -p $(@D)
	$(Q)sed 's/@NET@/$(WEB_NET)/' $< >$@
# When WEB_NET changes, the files of the previous net are out of date.
WEB_CHOICE := $(WEB_OBJECTS)/net-$(WEB_NET)
$(addprefix $(WEB)/,index.html net.cfg net.weights net.names): $(WEB_CHOICE)
$(WEB_CHOICE):
	@mkdir -p $(@D)
	@rm -f $(WEB_OBJECTS)/net-*
	@touch $@
$(WEB)/%: web/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

-include $(WEB_OBJ:.o=.d) $(WEB_HASHES_OBJ:.o=.d) $(WEB_DARKNET:.o=.d)
