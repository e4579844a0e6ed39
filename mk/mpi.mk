# What MPI=1 adds: base/ranks_mpi.c in place of ranks_alone.c, and the library. MPICC supplies the flags: Open MPI's and MPICH's
# have different options for that.
#
#   MPICC   the wrapper whose MPI is used (mpicc)

MPICC ?= mpicc
MPI_FLAGS := $(shell $(MPICC) --showme:compile 2>/dev/null || $(MPICC) -compile_info 2>/dev/null)
MPI_LINK := $(shell $(MPICC) --showme:link 2>/dev/null || $(MPICC) -link_info 2>/dev/null)
MPI_CFLAGS := $(patsubst -I%,-isystem %,$(filter -I% -D%,$(MPI_FLAGS)))
MPI_LIBS := $(filter -L% -l% -Wl$(comma)%,$(MPI_LINK))
$(if $(MPI_LIBS),,$(error MPI=1 needs an MPI library: $(MPICC) --showme:link says nothing; Debian: apt-get install libopenmpi-dev \
    openmpi-bin, or name the wrapper: MPICC=/folder/bin/mpicc. Plain make (MPI=0) builds the program for one process))
LIBS += $(MPI_LIBS)
$(BUILD)/base/ranks_mpi.o: OWN_CFLAGS += $(MPI_CFLAGS)
