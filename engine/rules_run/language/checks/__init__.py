"""Semantic checks: names, resources, fields, conditions, look-ups, and writes that would not be safe."""
