"""Pure mapping: scope, groups, values, match, differences, plan."""
