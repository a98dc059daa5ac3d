"""Rules, preconditions and sources, each in its scope."""

from __future__ import annotations

from dataclasses import replace

from rules_run.model.rules import From, GroupBy, Precondition, Rule, Source
from rules_run.model.values import Test

from .checking import Checking
from .identity import check_closed, check_identity
from .names import Key, bind, check_free, check_unused
from .scope import Scope, Use
from .shapes import ANY, ListOf, Named, RecordOf, Scalar, Shape
from .targets import check_target
from .texts import check_condition
from .values import check_checks, check_value, check_where, shape_of_value

_ERROR = Named(what="`error`", names=dict.fromkeys(("id", "code", "message", "where", "kind"), Scalar("text")))
_RUN = Named(what="`run`", names={"date": Scalar("date"), "now": Scalar("datetime"), "first": Scalar("datetime")})
_TENANT = Named(what="`tenant`", names={"name": Scalar("text"), "time_zone": Scalar("text")})


def base_scope(checking: Checking) -> Scope:
    """Return the names that are in scope everywhere: settings, tables, run, tenant."""
    settings: dict[str, Shape] = {
        each.name: ListOf(ANY) if each.type == "list" else Scalar(each.type) for each in checking.integration.settings
    }
    tables: dict[str, Shape] = {each.name: ListOf(Scalar("text")) for each in checking.integration.tables}
    names: dict[str, Shape] = {
        "settings": _declared(checking, "settings", settings),
        "table": _declared(checking, "tables", tables),
        "run": _RUN,
        "tenant": _TENANT,
    }
    absent = {
        "result": "`result` is the written document: it exists under `on_success` and in a check with `after: true`.",
        "error": "`error` exists under `on_failure`.",
        "existing": "`existing` is the target as it stands: it exists under `successor`, `again` and `check`.",
    }
    return Scope(names=names, absent=absent)


def _declared(checking: Checking, section: str, names: dict[str, Shape]) -> Shape:
    return ANY if section in checking.parsed.unsure_sections else Named(what=section, names=names)


def switch_scope(checking: Checking, base: Scope) -> Scope:
    """Return the scope of `active`: what does not depend on a record."""
    names = {name: base.names[name] for name in ("settings", "run", "tenant")}
    return Scope(names=names, absent={"table": "`active` depends on settings, run and tenant alone."})


def check_source(checking: Checking, source: Source, base: Scope) -> None:
    """Check a named source."""
    _check_read(checking, source, source.where, base)


def _check_read(checking: Checking, source: Source, tests: tuple[Test, ...], base: Scope) -> None:
    resource = checking.resource(source.resource, source.at)
    check_where(checking, tests, resource, source.resource, base)
    if resource is not None and "read" not in resource.operations:
        checking.wrong("R034", f"{source.resource} cannot be read.", source.at)


def check_precondition(checking: Checking, precondition: Precondition, base: Scope) -> None:
    """Check a precondition."""
    unsure = precondition.origin in checking.parsed.unsure_names
    scope = Scope(names=base.names, absent=base.absent, unsure=unsure)
    check_condition(checking, precondition.active, switch_scope(checking, base))
    scope = bind(checking, scope, precondition.with_, ())
    check_condition(checking, precondition.that, scope)
    check_value(checking, precondition.message, scope)
    check_unused(checking, scope, precondition.with_, ())


def check_rule(checking: Checking, rule: Rule, base: Scope) -> None:
    """Check a rule from its source to what it writes."""
    checking.rule = rule.name
    check_condition(checking, rule.active, switch_scope(checking, base))
    base = Scope(names=base.names, absent=base.absent, unsure=rule.origin in checking.parsed.unsure_names)
    scope = _source_scope(checking, rule, base)
    key = Key(parts=rule.key, origin=rule.origin) if rule.key else None
    if key is None:
        scope = scope.plus({"key": ANY})
    scope = bind(checking, scope, rule.with_, rule.let, key=key)
    check_condition(checking, rule.when, scope, Use(known="when"))
    result = replace(scope.plus({"result": _result(checking, rule)}), written=True)
    check_checks(checking, rule.check, scope.plus({"existing": _result(checking, rule)}), result)
    check_identity(checking, rule, scope, _result(checking, rule))
    unsure = rule.origin in checking.parsed.unsure_fields
    check_target(checking, rule.to, scope, unsure=unsure, marked_by=frozenset({"key"}))
    _check_further(checking, rule, scope, result)
    check_unused(checking, scope, rule.with_, rule.let)


def _source_scope(checking: Checking, rule: Rule, base: Scope) -> Scope:
    if rule.from_ is None:
        return base
    resource = checking.quiet_resource(rule.from_.source.resource)
    record: Shape = RecordOf(resources=((rule.from_.source.resource, resource),)) if resource else ANY
    _check_read(checking, rule.from_.source, _own_tests(checking, rule.from_), base)
    check_free(checking, base, rule.from_.name, rule.from_.origin)
    rows = base.plus({rule.from_.name: record})
    if rule.group_by is None:
        return rows
    return _grouped(checking, rule.group_by, rule.from_.name, record, rows, base)


def _own_tests(checking: Checking, from_: From) -> tuple[Test, ...]:
    shared = {id(test) for source in checking.parsed.sources.values() for test in source.where}
    return tuple(test for test in from_.source.where if id(test) not in shared)


def _grouped(checking: Checking, group: GroupBy, row_name: str, row: Shape, rows: Scope, base: Scope) -> Scope:
    use = Use(known="group_by")
    for key in group.keys:
        check_value(checking, key.value, rows, use)
        if key.name == "items":
            checking.wrong("R055", "`items` are the rows of a group and cannot be a key's name.", key.origin)
    for value in group.sort:
        check_value(checking, value, rows, use)
    check_free(checking, rows, group.name, group.origin)
    names = {key.name: shape_of_value(checking, key.value, rows) for key in group.keys}
    shape = Named(what=f"The group `{group.name}`", names={**names, "items": ListOf(row)})
    why = f"After `group_by` there is no single row: the rows are {group.name}.items, the keys {', '.join(names)}."
    scope = base.plus({group.name: shape})
    return Scope(names=scope.names, absent={**scope.absent, row_name: why}, unsure=scope.unsure, used=scope.used)


def _result(checking: Checking, rule: Rule) -> Shape:
    resources = tuple(checking.written(rule.to))
    return RecordOf(resources=resources) if resources else ANY


def _check_further(checking: Checking, rule: Rule, scope: Scope, result: Scope) -> None:
    failed = replace(scope.plus({"error": _ERROR}), written=True)
    unsure = rule.origin in checking.parsed.unsure_fields
    for writes, start in ((rule.on_success, result), (rule.on_failure, failed)):
        for further in writes:
            check_free(checking, start, further.name, further.origin)
            inner = bind(checking, start, further.with_, further.let)
            check_closed(checking, further.with_)
            check_condition(checking, further.when, inner)
            marked_by = frozenset({"key", "error", "result"})
            check_target(checking, further.to, inner, unsure=unsure, marked_by=marked_by)
            check_unused(checking, inner, further.with_, further.let)
            written = tuple(checking.written(further.to))
            start = start.plus({further.name: RecordOf(resources=written) if written else ANY})
