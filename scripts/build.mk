# How objects, the library, the binary and the test programs come to be.
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
# clang warns where it leaves a loop marked `omp simd` scalar, as without optimisation.
WARNINGS += $(if $(findstring clang,$(CC)),-Wno-pass-failed)
OPTIMIZE ?= -O2 -g
CPPFLAGS := -D_GNU_SOURCE -Isrc $(EXTRA_CPPFLAGS)
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) | sed 's/-I/-isystem /g')
PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES))
CFLAGS = -std=c11 $(OPTIMIZE) $(WARNINGS) -ffp-contract=off -fno-math-errno -fno-trapping-math -fopenmp -fPIC -fvisibility=default $(PACKAGE_CFLAGS) $(EXTRA_CFLAGS)
ERRORS := $(if $(WERROR),-Werror)
LDLIBS := $(PACKAGE_LIBS) -lm
# The program takes OpenBLAS from its archive where the package has one: the shared library and the Fortran ones it brings cost
# every start about 2 ms and 2 MB, used or not.
BLAS_ARCHIVE := $(firstword $(wildcard $(addsuffix /libopenblas.a,$(shell pkg-config --variable=libdir openblas))))
PROGRAM_LIBS := $(if $(BLAS_ARCHIVE),$(patsubst -lopenblas,$(BLAS_ARCHIVE),$(LDLIBS)),$(LDLIBS))
LDFLAGS := -fopenmp $(EXTRA_LDFLAGS)
VERSION := $(shell sed -n 's/^.define SV_VERSION "\(.*\)"/\1/p' src/selvage.h)
SONAME := libselvage.so.$(firstword $(subst ., ,$(VERSION)))

# One source of each vector loop, built once per instruction set; src/kernels/select.c chooses at start.
MACHINE ?= $(shell uname -m)
ISAS_x86_64 := sse2 avx2 avx512
ISAS_aarch64 := neon
ISAS := scalar $(ISAS_$(MACHINE))
FLAGS_scalar := -DSV_SCALAR
FLAGS_sse2 := -msse2
FLAGS_avx2 := -mavx2 -mfma
FLAGS_avx512 := -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512

ISA_SOURCES := $(wildcard src/kernels/vectors*.c src/kernels/native/*.isa.c)
SOURCES := $(filter-out src/main.c $(wildcard src/cli/*.c) $(ISA_SOURCES),$(wildcard src/*/*.c src/*/*/*.c))
CLI_SOURCES := $(wildcard src/main.c src/cli/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(foreach isa,$(ISAS),$(ISA_SOURCES:%.c=$(BUILD)/%.$(isa).o))
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(BUILD)/%.o)
TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/test_*.c))
SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
EMBEDDED := $(BUILD)/embedded.h

all: lib $(BUILD)/selvage
lib: $(BUILD)/libselvage.a $(BUILD)/libselvage.so
test-programs: $(TEST_PROGRAMS)

# The lists of objects and the compiler's flags, written anew only when they change: what depends on them is then remade.
# WERROR does not count, since it changes no object.
$(BUILD)/flags: TEXT := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS)
$(BUILD)/objects: TEXT := $(OBJECTS:$(BUILD)/%=%)
$(BUILD)/flags $(BUILD)/objects: FORCE
	@mkdir -p $(@D)
	@echo '$(TEXT)' | cmp -s - $@ || echo '$(TEXT)' > $@

$(BUILD)/libselvage.a: $(OBJECTS) $(BUILD)/objects
	@rm -f $@ && ar rcs $@ $(OBJECTS)

$(BUILD)/libselvage.so: $(OBJECTS) $(BUILD)/objects
	@$(CC) -shared -Wl,-soname,$(SONAME) $(LDFLAGS) -o $@ $(OBJECTS) $(LDLIBS)

$(BUILD)/selvage: $(CLI_OBJECTS) $(BUILD)/libselvage.a
	@echo "  link $@"
	@$(CC) $(LDFLAGS) -o $@ $(CLI_OBJECTS) $(BUILD)/libselvage.a $(PROGRAM_LIBS)

# An archive, so that a test links only the support it uses.
$(BUILD)/tests/libsupport.a: $(SUPPORT)
	@mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/tests/libsupport.a $(BUILD)/libselvage.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# Tests of the program's own files link them, without main.
$(BUILD)/tests/cli/%: $(BUILD)/tests/cli/%.o $(filter-out %/main.o,$(CLI_OBJECTS)) $(BUILD)/tests/libsupport.a $(BUILD)/libselvage.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# The quickstart's config and model, and the style of HTML pages, as C strings.
$(EMBEDDED): configs/quickstart.json models/fashion_ae.json src/report/style.css scripts/embed.sh
	@mkdir -p $(@D) && sh scripts/embed.sh $@ $(filter-out %.sh,$^)

$(BUILD)/src/config/%.o $(BUILD)/src/report/%.o: private CPPFLAGS += -I$(BUILD)
$(BUILD)/src/config/quickstart.o $(BUILD)/src/report/page.o: $(EMBEDDED)
$(BUILD)/src/kernels/%.o $(BUILD)/src/init/qr.o: private OPTIMIZE := $(subst -O2,-O3,$(OPTIMIZE))
$(BUILD)/tests/%.o: private CPPFLAGS += -Itests

define ISA_RULE
$$(BUILD)/%.$(1).o: %.c $$(BUILD)/flags
	@mkdir -p $$(@D)
	@echo "  cc $$< ($(1))"
	@$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(ERRORS) $$(FLAGS_$(1)) -DSV_ISA=$(1) -MMD -MP -c -o $$@ $$<
endef
$(foreach isa,$(ISAS),$(eval $(call ISA_RULE,$(isa))))

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(ERRORS) $(DEFINES) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
