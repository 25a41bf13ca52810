# make            the library and the binary in build/
# make train      the quickstart, on any machine: installs what is missing, builds, trains
# make test       every test; make asan: the same under AddressSanitizer and UBSan
# make help       the rest
#
# Variables: BUILD (folder of the results), CC, PREFIX, DESTDIR, OPTIMIZE, WERROR=1 (warnings are errors), EXTRA_CFLAGS,
# EXTRA_LDFLAGS. As many jobs as cores run at a time; -j1 for one.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
PACKAGES := openblas libcjson stb zlib libmd
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
PYTHON ?= python3

GOALS := $(or $(MAKECMDGOALS),all)
TEST_GOALS := test check test-run test-programs asan valgrind coverage
NO_BUILD_GOALS := clean help setup dev-tools lint format fuzz
NEEDED := $(PACKAGES) $(if $(filter $(TEST_GOALS),$(GOALS)),cmocka)
ifneq ($(filter-out $(NO_BUILD_GOALS),$(GOALS)),)
ifneq ($(shell command -v $(firstword $(CC)) >/dev/null && pkg-config --exists $(NEEDED) 2>/dev/null && echo yes),yes)
NEEDS_SETUP := yes
endif
endif

.PHONY: all lib train fashion test check test-run test-programs asan aarch64 contract freeze valgrind lint format bench accuracy schemas reference coverage fuzz install
.PHONY: clean setup dev-tools help FORCE
.DELETE_ON_ERROR:
.SECONDARY:

ifeq ($(NEEDS_SETUP),yes)
# The packages come first; make then starts again with their flags known.
ifdef SETUP_DONE
$(error pkg-config does not find all of: $(NEEDED), or there is no $(CC))
endif
.NOTPARALLEL:
$(filter-out $(NO_BUILD_GOALS),$(GOALS)): setup
	@$(MAKE) --no-print-directory SETUP_DONE=1 $@
else
include scripts/build.mk
include scripts/targets.mk
endif

setup:
	@sh scripts/setup.sh

dev-tools:
	@sh scripts/setup.sh --dev

lint:
	@bash scripts/lint.sh

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build build-*

help:
	@sed -n 's/^#: //p' scripts/targets.mk
