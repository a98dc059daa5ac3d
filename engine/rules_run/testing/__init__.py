"""Rule tests: cases in YAML, run through the whole engine against the connectors' own stand-ins."""
