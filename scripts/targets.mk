train: all
	$(BUILD)/selvage train --out runs/quickstart --overwrite

test: all $(TEST_PROGRAMS)
	@sh scripts/test.sh $(BUILD)

check: $(TEST_PROGRAMS)
	@sh scripts/test.sh $(BUILD) unit

# Tests of the program's own files link them, without main.
$(BUILD)/tests/cli/%: $(BUILD)/tests/cli/%.o $(filter-out %/main.o,$(CLI_OBJECTS)) $(SUPPORT) $(BUILD)/libselvage.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
