# What one asks make for. The lines that begin with #: are `make help`.
#: make              the library (static and shared) and the binary in build/
#: make train        trains the embedded quickstart into runs/quickstart
#: make fashion      trains configs/fashion.json on the real Fashion-MNIST into runs/fashion
#: make test         every test
#: make asan         every test under AddressSanitizer and UndefinedBehaviorSanitizer (CC=clang for clang's)
#: make aarch64      everything but the tests for 64-bit ARM in build-aarch64/, with Debian's cross compiler
#: make contract     trains small models under both compilers, -O1 and -O3, every instruction set, qemu: one digest each
#: make freeze       writes those digests anew (tests/contract/digests.txt), where the numerics were meant to change
#: make valgrind     the unit tests under valgrind
#: make coverage     the tests' line coverage, per file
#: make fuzz         each reader of files on mutated input, TIME=60 seconds each (clang)
#: make lint         includes, third-party headers, forbidden calls, clang-tidy where there is one
#: make format       clang-format over everything
#: make bench        speed against PyTorch, TensorFlow and onnxruntime, in turn (PYTHON= one that has them), and layer by layer
#: make accuracy     outputs and gradients against float64 and PyTorch (PYTHON= one that has torch)
#: make schemas      models/model.schema.json and configs/config.schema.json from the argument tables
#: make reference    doc/reference.md, every key of models and configs, from the same tables
#: make install      into PREFIX=/usr/local (DESTDIR= for packagers): binary, libraries, header, pkg-config file, man page
#: make dev-tools    installs clang, clang-tidy, clang-format, lcov, qemu, a cross compiler, valgrind
#: make clean        removes build folders
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

# --overwrite only of a run that this target made: the trainer leaves its config there.
define TRAIN
@if [ -f $(2)/config.json ]; then again=--overwrite; fi; set -x; $(BUILD)/selvage train $(1) --out $(2) $$again
endef

train: all
	$(call TRAIN,,runs/quickstart)
	@echo "Reconstructions: runs/quickstart/samples"

fashion: all
	@sh scripts/setup.sh --package dataset-fashion-mnist "the Fashion-MNIST images"
	$(call TRAIN,configs/fashion.json,runs/fashion)

test: all $(TEST_PROGRAMS)
	@bash scripts/test.sh $(BUILD)

check: $(TEST_PROGRAMS)
	@bash scripts/test.sh $(BUILD) unit

asan:
	@$(MAKE) --no-print-directory BUILD=build-asan$(if $(filter clang%,$(CC)),-clang) OPTIMIZE="-O1 -g" EXTRA_CFLAGS="$(SANITIZE)" EXTRA_LDFLAGS="$(SANITIZE)" test

# Another processor's build: the libraries come from that architecture's packages, and qemu runs the result.
SYSROOT := $(CURDIR)/build-sysroot/arm64
SYSROOT_LIBRARIES := $(SYSROOT)/usr/lib/aarch64-linux-gnu
CROSS_CC ?= aarch64-linux-gnu-gcc
aarch64: GOAL ?= all
aarch64:
	@bash scripts/sysroot.sh arm64 $(SYSROOT)
	@PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(SYSROOT_LIBRARIES)/pkgconfig:$(SYSROOT_LIBRARIES)/openblas-pthread/pkgconfig \
	    $(MAKE) --no-print-directory BUILD=build-aarch64 MACHINE=aarch64 CC="$(CROSS_CC) --sysroot=$(SYSROOT)" $(GOAL)

contract: all
	@bash tests/contract/matrix.sh

freeze: all
	@bash tests/contract/freeze.sh $(BUILD)/selvage

valgrind: $(TEST_PROGRAMS)
	@RUNNER="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite" bash scripts/test.sh $(BUILD) unit

coverage:
	@$(MAKE) --no-print-directory BUILD=build-coverage OPTIMIZE="-O1 -g" EXTRA_CFLAGS=--coverage EXTRA_LDFLAGS=--coverage test
	@lcov -q -c -d build-coverage -o build-coverage/coverage.info --no-external --exclude '*/tests/*' && lcov --list build-coverage/coverage.info

fuzz:
	@sh scripts/fuzz.sh $(or $(TIME),60)

bench: all
	@$(PYTHON) tests/bench/compare.py $(BUILD)
	@for model in fm rgb big; do $(BUILD)/selvage bench configs/bench_$$model.json backend=native --threads 2 --steps 8 --primitives || exit 1; done
	@$(PYTHON) tests/bench/layers.py $(BUILD)
	@$(PYTHON) tests/bench/scaling.py $(BUILD)

accuracy: all
	@$(PYTHON) tests/bench/accuracy.py $(BUILD)

schemas: all
	$(BUILD)/selvage ops --schema model > models/model.schema.json
	$(BUILD)/selvage ops --schema config > configs/config.schema.json

reference: all
	$(BUILD)/selvage ops --markdown > doc/reference.md

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(BUILD)/selvage $(DESTDIR)$(PREFIX)/bin/selvage
	install -m 644 $(BUILD)/libselvage.a $(DESTDIR)$(PREFIX)/lib/libselvage.a
	install -m 755 $(BUILD)/libselvage.so $(DESTDIR)$(PREFIX)/lib/libselvage.so.$(VERSION)
	ln -sf libselvage.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libselvage.so
	install -m 644 src/selvage.h $(DESTDIR)$(PREFIX)/include/selvage.h
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@LIBS@|$(LDLIBS) -fopenmp|' scripts/selvage.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/selvage.pc
	install -m 644 doc/selvage.1 $(DESTDIR)$(PREFIX)/share/man/man1/selvage.1
