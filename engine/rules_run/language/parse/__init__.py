"""From YAML nodes to the model: short forms become long ones, and what only one reading allows is checked."""
