# make install, make uninstall. Where to: PREFIX, or each folder by itself; DESTDIR stands before all, for packages.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/pixelcnn
# Where Debian's Python looks when PREFIX is /usr/local.
PYTHONDIR ?= $(LIBDIR)/$(or $(shell python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])'),python3)/dist-packages

VERSION := $(shell sed -n 's/^\#define PIXELCNN_VERSION "\(.*\)"/\1/p' pixelcnn/pixelcnn.h)
MAN_PAGE := $(BUILD)/pixelcnn.1
to = $(DESTDIR)$(1)

$(MAN_PAGE): docs/pixelcnn.1.in scripts/man_page.sh pixelcnn/pixelcnn.h $(EXEC)
	@mkdir -p $(@D)
	scripts/man_page.sh $(abspath $(EXEC)) $(VERSION) $(DATADIR) >$@

.PHONY: install uninstall
install: $(EXEC) $(SHARED) $(MAN_PAGE)
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig $(INCLUDEDIR) $(MANDIR)/man1 $(PYTHONDIR)) \
	    $(addprefix $(DESTDIR)$(DATADIR)/,cfg examples weights)
	install -m 755 $(EXEC) $(call to,$(BINDIR))/darknet
	ln -sf darknet $(call to,$(BINDIR))/pixelcnn
	install -m 644 $(SHARED) $(call to,$(LIBDIR))/libpixelcnn.so.$(VERSION)
	ln -sf libpixelcnn.so.$(VERSION) $(call to,$(LIBDIR))/libpixelcnn.so.0
	ln -sf libpixelcnn.so.0 $(call to,$(LIBDIR))/libpixelcnn.so
	install -m 644 pixelcnn/pixelcnn.h $(call to,$(INCLUDEDIR))
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' \
	    library/pixelcnn.pc.in >$(call to,$(LIBDIR))/pkgconfig/pixelcnn.pc
	install -m 644 $(MAN_PAGE) $(call to,$(MANDIR))/man1
	install -m 644 python/pixelcnn.py $(call to,$(PYTHONDIR))
	install -m 644 cfg/*.cfg $(call to,$(DATADIR))/cfg
	install -m 644 examples/*.c examples/*.py $(call to,$(DATADIR))/examples
	$(if $(wildcard weights/*.weights),install -m 644 weights/*.weights $(call to,$(DATADIR))/weights)

uninstall:
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,darknet pixelcnn) $(call to,$(INCLUDEDIR))/pixelcnn.h \
	    $(addprefix $(DESTDIR)$(LIBDIR)/,libpixelcnn.so libpixelcnn.so.0 libpixelcnn.so.$(VERSION) pkgconfig/pixelcnn.pc) \
	    $(call to,$(MANDIR))/man1/pixelcnn.1 $(call to,$(PYTHONDIR))/pixelcnn.py
	rm -f $(call to,$(PYTHONDIR))/__pycache__/pixelcnn.*.pyc
	rm -rf $(call to,$(DATADIR))
