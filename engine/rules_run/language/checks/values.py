"""Values in their scope: producers, choices, tables, defaults; conditions on fields; look-ups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rules_run.model.catalogue import Field, Resource
from rules_run.model.values import Check, Choose, Const, Select, TableMap, Test, Value

from ..expressions import is_prose
from ..suggest import did_you_mean
from .checking import Checking
from .literals import literal_fault
from .scope import PLAIN, Scope, Use
from .shapes import ANY, Shape, field_at, field_names
from .texts import check_condition, check_text, shape_of_tree


def check_value(checking: Checking, value: Value | None, scope: Scope, use: Use = PLAIN) -> None:
    """Check all parts of a value."""
    if value is None:
        return
    check_condition(checking, value.when, scope, _condition(use))
    if isinstance(value.producer, Choose):
        check_choose(checking, value.producer, scope, use)
    elif not isinstance(value.producer, Const):
        expression = check_text(checking, value.producer, scope, use)
        if expression and value.type and value.type.name in ("date", "datetime") and is_prose(expression.tree):
            message = f"A text for people is not read back as a {value.type.name}."
            checking.wrong("E008", message, value.producer.at(0), "Take the date itself.")
    if value.map is not None:
        check_map(checking, value.map)
    check_value(checking, value.default, scope, use)


def _condition(use: Use) -> Use:
    """Return what the place of a value asks of a condition in it: a plan must be able to decide it."""
    return use if use.known else replace(use, known="when")


def check_choose(checking: Checking, choose: Choose, scope: Scope, use: Use = PLAIN) -> None:
    """Check the branches of a choice, and that each can be reached."""
    for branch in choose.branches:
        check_condition(checking, branch.when, scope, _condition(use))
        check_value(checking, branch.value, scope, use)
    check_reachable(checking, [branch.when for branch in choose.branches])


def check_reachable(checking: Checking, conditions: Iterable[Select | None]) -> None:
    """Warn of branches that no record can reach: after a condition that always holds, twice the same, never true."""
    seen: dict[str, int] = {}
    for number, condition in enumerate(conditions, 1):
        if condition is None:
            continue
        text = " ".join(condition.text.split())
        if text == "`false`":
            checking.warn("R060", f"Branch {number} can never be reached: its condition is false.", condition.at(0))
        elif text == "`true`":
            hint = "The branches after it can never be reached. Leave out the `when` and what follows."
            checking.warn("R060", f"The condition of branch {number} always holds.", condition.at(0), hint)
        elif text in seen:
            message = f"Branch {number} can never be reached: branch {seen[text]} has the same condition."
            checking.warn("R060", message, condition.at(0))
        seen.setdefault(text, number)


def check_map(checking: Checking, look_up: TableMap) -> None:
    """Check a look-up in a table: the table, its columns, and that a reverse one is unambiguous."""
    tables = {table.name: table for table in checking.integration.tables}
    checking.used.add(("table", look_up.table))
    table = tables.get(look_up.table)
    if table is None and "tables" in checking.parsed.unsure_sections:
        return
    if table is None:
        hint = did_you_mean(look_up.table, tables, "Tables of this file") or "Declare it under `tables`."
        checking.wrong("R045", f"There is no table `{look_up.table}` in this file.", look_up.origin, hint)
        return
    reverse = look_up.source is not None
    if look_up.give is None and not reverse and len(table.columns) != 1:
        message = f"The table `{table.name}` has {len(table.columns)} columns beside its key: say which one to give."
        hint = f"map: {{table: {table.name}, give: {table.columns[0] if table.columns else '...'}}}"
        checking.wrong("R046", message, look_up.origin, hint)
    for column in (look_up.give, look_up.source):
        if column is not None and column not in table.columns and column not in (table.key, "key"):
            hint = did_you_mean(column, (*table.columns, table.key), "Columns")
            checking.wrong("R047", f"The table `{table.name}` has no column `{column}`.", look_up.origin, hint)
    if reverse and not table.one_to_one:
        message = f"A reverse look-up needs `one_to_one: true` on the table `{table.name}`."
        checking.wrong("R048", message, look_up.origin, "Else one value could belong to several keys.")


def check_where(checking: Checking, tests: Iterable[Test], resource: Resource | None, name: str, scope: Scope) -> None:
    """Check conditions on fields of a resource."""
    for test in tests:
        check_value(checking, test.value, scope)
        found = known_field(checking, resource, name, test)
        if isinstance(found, Field):
            _check_test(checking, test, found, name)


def known_field(checking: Checking, resource: Resource | None, name: str, line: Test) -> Field | None:
    """Return the field that a condition names, or note that there is none."""
    if resource is None:
        return None
    found = field_at(resource, line.field)
    if found is None:
        hint = did_you_mean(line.field, field_names(resource), "Fields")
        checking.wrong("R032", f"{name} has no field `{line.field}`.", line.origin, hint)
    return found if isinstance(found, Field) else None


def _check_test(checking: Checking, test: Test, found: Field, name: str) -> None:
    if not found.filterable and test.op != "ours":
        message = f"{name} cannot be searched by `{test.field}`: every record is read and filtered here."
        checking.warn("R061", message, test.origin)
    literal = test.value.producer
    if not isinstance(literal, Const) or test.value.type is not None or test.value.map is not None:
        return
    if test.op in ("empty", "ours"):
        if not isinstance(literal.value, bool):
            checking.wrong("R035", f"`{test.op}` is true or false.", literal.origin)
    elif test.op in ("in", "not_in"):
        if literal.value is not None and not isinstance(literal.value, list):
            hint = "Write {const: [a, b]} or a JMESPath list."
            checking.wrong("R035", f"`{test.op}` needs a list.", literal.origin, hint)
    elif test.op not in ("contains", "starts_with") and (fault := literal_fault(found, literal.value)):
        checking.wrong("R035", fault.message, literal.origin, fault.hint)


def check_checks(checking: Checking, checks: Iterable[Check], scope: Scope, after: Scope | None = None) -> None:
    """Check judgements; those `after` the write see its result."""
    for check in checks:
        inner = after if check.after and after is not None else scope
        check_condition(checking, check.that, inner, Use(known="check"))
        check_value(checking, check.message, inner)


def shape_of_value(checking: Checking, value: Value, scope: Scope) -> Shape:
    """Return what is known of a value: the shape of a plain path without conversions."""
    if not isinstance(value.producer, Select) or value.map is not None or value.type is not None:
        return ANY
    if value.default is not None:
        return ANY
    expression = checking.quiet_expression(value.producer)
    return shape_of_tree(expression.tree, scope) if expression else ANY
