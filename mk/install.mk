# make install, make uninstall. Where to: PREFIX, or each folder separately; DESTDIR, for packages, is put before all of them. Paths may
# have spaces: scripts/install.sh gets them through the environment, since make splits its words there.
#
#   INSTALL_DARKNET=1   install the program as `darknet` too, with Darknet's own commands; not by default, since other packages
#                       have a program of that name
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/pixelcnn
DOCDIR ?= $(PREFIX)/share/doc/pixelcnn
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
PYTHONDIR ?= $(LIBDIR)/$(or $(shell python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])'),python3)/dist-packages
INSTALL_DARKNET ?= 0
$(if $(filter 0 1,$(INSTALL_DARKNET)),,$(error INSTALL_DARKNET=$(INSTALL_DARKNET): expected 0 or 1))

install_to = $(foreach v,DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR MANDIR DATADIR DOCDIR COMPLETIONDIR PYTHONDIR INSTALL_DARKNET \
    DARKNET_SRC,$(v)=$(call quoted,$($(v))))

.PHONY: install uninstall dist deb
install: $(EXEC) $(SHARED) $(STATIC)
	$(Q)$(install_to) LIBRARY_LIBS='$(LIBRARY_LIBS)' scripts/install.sh install $(EXEC) $(SHARED) $(STATIC)
uninstall:
	$(Q)$(install_to) scripts/install.sh uninstall

# The sources as pixelcnn-VERSION.tar.gz in build/, with Darknet's; and Debian packages made of it, in build/deb.
dist: $(DARKNET_READY)
	$(Q)scripts/dist.sh tarball $(DARKNET_SRC)
deb: $(DARKNET_READY)
	$(Q)scripts/dist.sh deb $(DARKNET_SRC)
