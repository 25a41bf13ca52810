train: all
	$(BUILD)/selvage train --out runs/quickstart --overwrite

test: all $(TEST_PROGRAMS)
	@sh scripts/test.sh $(BUILD)

check: $(TEST_PROGRAMS)
	@sh scripts/test.sh $(BUILD) unit
