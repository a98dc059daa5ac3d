"""Rule files as text: YAML with positions, schema, expressions, templates, conversions."""
