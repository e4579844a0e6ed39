# make install, make uninstall. Where to: PREFIX, or each folder by itself; DESTDIR stands before all, for packages. Paths may
# have spaces: scripts/install.sh gets them through the environment, since make splits its words there.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/pixelcnn
PYTHONDIR ?= $(LIBDIR)/$(or $(shell python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])'),python3)/dist-packages

install_to = $(foreach v,DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR MANDIR DATADIR PYTHONDIR,$(v)=$(call quoted,$($(v))))

.PHONY: install uninstall
install: $(EXEC) $(SHARED) $(STATIC)
	$(Q)$(install_to) LIBRARY_LIBS='$(LIBRARY_LIBS)' scripts/install.sh install $(EXEC) $(SHARED) $(STATIC)
uninstall:
	$(Q)$(install_to) scripts/install.sh uninstall
