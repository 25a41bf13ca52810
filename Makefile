# make            the library and the binary in build/
# make train      the quickstart, on any machine: installs what is missing, builds, trains
# make test       every test; make asan: the same under AddressSanitizer and UBSan
# make help       the rest
BUILD ?= build
CC ?= gcc
PREFIX ?= /usr/local
PACKAGES := openblas libcjson stb zlib libmd

ifneq ($(MAKECMDGOALS),clean)
ifneq ($(shell pkg-config --exists $(PACKAGES) 2>/dev/null && echo yes),yes)
NEEDS_SETUP := yes
endif
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(if $(WERROR),-Werror)
OPTIMIZE ?= -O2 -g
CPPFLAGS := -D_GNU_SOURCE -Isrc $(EXTRA_CPPFLAGS)
PACKAGE_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) | sed 's/-I/-isystem /g')
CFLAGS = -std=c11 $(OPTIMIZE) $(WARNINGS) -ffp-contract=off -fno-math-errno -fopenmp -fPIC -fvisibility=default $(PACKAGE_CFLAGS) $(EXTRA_CFLAGS)
LDLIBS = $(shell pkg-config --libs $(PACKAGES)) -lm
LDFLAGS = -fopenmp $(EXTRA_LDFLAGS)

# One source of each vector loop, built once per instruction set; src/kernels/select.c chooses at start.
MACHINE := $(shell uname -m)
ifeq ($(MACHINE),x86_64)
ISAS := sse2 avx2 avx512
endif
ISAS ?= scalar
ISAS := $(or $(ISAS),scalar)
FLAGS_scalar :=
FLAGS_sse2 := -msse2
FLAGS_avx2 := -mavx2 -mfma
FLAGS_avx512 := -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512

ISA_SOURCES := $(wildcard src/kernels/vectors*.c)
SOURCES := $(filter-out src/main.c $(wildcard src/cli/*.c) $(ISA_SOURCES),$(wildcard src/*/*.c src/*/*/*.c))
CLI_SOURCES := $(wildcard src/main.c src/cli/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(foreach isa,$(ISAS),$(ISA_SOURCES:%.c=$(BUILD)/%.$(isa).o))
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(BUILD)/%.o)
TESTS := $(wildcard tests/*/test_*.c)
TEST_PROGRAMS := $(TESTS:%.c=$(BUILD)/%)
SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
EMBEDDED := $(BUILD)/embedded.h

.PHONY: all lib train fashion test check asan lint bench install clean setup dev-tools help
.DELETE_ON_ERROR:
.SECONDARY:

ifeq ($(NEEDS_SETUP),yes)
# The packages come first; make then starts again with their flags known.
all lib train fashion test check asan bench install: setup
	@$(MAKE) --no-print-directory $@
else
all: lib $(BUILD)/selvage

lib: $(BUILD)/libselvage.a $(BUILD)/libselvage.so

$(BUILD)/libselvage.a: $(OBJECTS)
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/libselvage.so: $(OBJECTS)
	@$(CC) -shared -Wl,-soname,libselvage.so.0 $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/selvage: $(CLI_OBJECTS) $(BUILD)/libselvage.a
	@echo "  link $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

include scripts/targets.mk
endif

# The quickstart config and model, as C strings.
$(EMBEDDED): configs/quickstart.json $(wildcard models/fashion_ae.json) scripts/embed.sh
	@mkdir -p $(@D) && sh scripts/embed.sh $@ $(filter %.json,$^)

$(BUILD)/src/config/%.o: EXTRA_CPPFLAGS += -I$(BUILD)
$(BUILD)/src/config/%.o: $(EMBEDDED)

$(BUILD)/src/kernels/%.o: OPTIMIZE := $(subst -O2,-O3,$(OPTIMIZE))

define ISA_RULE
$$(BUILD)/%.$(1).o: %.c
	@mkdir -p $$(@D)
	@echo "  cc $$< ($(1))"
	@$$(CC) $$(CPPFLAGS) $$(subst -O2,-O3,$$(CFLAGS)) $$(FLAGS_$(1)) -DSV_ISA=$(1) -MMD -MP -c -o $$@ $$<
endef
$(foreach isa,$(ISAS),$(eval $(call ISA_RULE,$(isa))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(DEFINES) -MMD -MP -c -o $@ $<

# An archive, so that a test links only the support it uses.
$(BUILD)/tests/libsupport.a: $(SUPPORT)
	@mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tests/libsupport.a $(BUILD)/libselvage.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

setup:
	@sh scripts/setup.sh

dev-tools:
	@sh scripts/setup.sh --dev

clean:
	rm -rf build build-asan

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
