"""Reads `manifest.yaml`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rules_run.bundled import bundled
from rules_run.connect.asking import Call, Expression, Node, Paging, QueryStyle
from rules_run.connect.manifest import (
    Access,
    Basic,
    Dependence,
    ErrorRule,
    Manifest,
    Metadata,
    PicklistStyle,
    Quota,
    Rest,
    SafetyTable,
    Server,
    Setting,
    Token,
    UdfStyle,
    Web,
    WriteStyle,
    Zone,
)
from rules_run.connect.timing import Timing
from rules_run.errors import InvalidFiles
from rules_run.model.exchange import Outcome, Safety
from rules_run.model.problem import Origin, Problem

FILE = "manifest.yaml"


def load_manifest(folder: Path, *, check: bool = True) -> Manifest:
    """Read the manifest of the connector in `folder`; raise InvalidFiles with every mistake at its line.

    Without `check` the schema is not asked: for the connectors that ship and are checked before they do.
    """
    import yaml

    from rules_run.language.yaml_plain import plain_yaml

    path = folder / FILE
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text(encoding="utf-8")
        node = plain_yaml(text)
        tree = yaml.compose(text, Loader=loader) if check else None
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        mark = getattr(fault, "problem_mark", None)
        raise InvalidFiles([_problem(path, "this is not YAML", mark)]) from fault
    if check and (problems := [_problem(path, said, _mark(tree, place)) for said, place in _mistakes(node)]):
        raise InvalidFiles(problems)
    return _manifest(folder, node)


def _mistakes(node: object) -> Iterable[tuple[str, list[str | int]]]:
    from jsonschema import Draft202012Validator

    schema = json.loads((bundled("schemas") / "manifest.schema.json").read_text(encoding="utf-8"))
    for mistake in sorted(Draft202012Validator(schema).iter_errors(node), key=lambda each: list(map(str, each.path))):
        place = list(mistake.absolute_path)
        if mistake.schema is False:
            name = _owner_name(node, place, mistake.instance)
            yield f"`{name}` has no place here", [*place, name]
        else:
            yield mistake.message, place


def _owner_name(node: Any, place: list[str | int], value: object) -> str:
    """Return the name under which a forbidden value stands: jsonschema tells only the mapping that holds it."""
    for step in place:
        node = node[step]
    return next(str(name) for name, held in node.items() if held is value)


def _mark(tree: Any, place: list[str | int]) -> Any:
    """Return where in the file the value at `place` begins."""
    for step in place:
        if isinstance(step, int):
            tree = tree.value[step]
        else:
            tree = next(value for name, value in tree.value if name.value == step)
    return tree.start_mark if tree is not None else None


def _problem(path: Path, message: str, mark: Any) -> Problem:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(
        code="C112",
        message=f"{message}.",
        origin=Origin(file=str(path), line=line, column=column),
        hint="Compare the file with schemas/manifest.schema.json.",
    )


def _manifest(folder: Path, node: Node) -> Manifest:
    settings = {name: Setting(name=name, **spec) for name, spec in node.get("settings", {}).items()}
    rest = _rest(node) if node["kind"] == "rest" else None
    return Manifest(
        name=node["connector"],
        title=node["title"],
        folder=folder,
        settings=settings,
        timing=Timing(**{name: float(seconds) for name, seconds in node.get("timing", {}).items()}),
        web=rest or (Web(**_web(node)) if "server" in node else None),
        rest=rest,
        depends=tuple(
            Dependence(setting=each["setting"], value=each["is"], changes=each["changes"])
            for each in node.get("depends", ())
        ),
    )


def _web(node: Node) -> dict[str, Any]:
    errors, token, quota = node.get("errors", {}), node.get("token"), node.get("quota")
    return {
        "server": _server(node["server"]),
        "headers": node.get("headers", {}),
        "parameters": node.get("parameters", {}),
        "basic": Basic(**node["basic"]) if "basic" in node else None,
        "token": Token(**_with_call(token)) if token else None,
        "error_texts": errors.get("texts", ""),
        "errors": tuple(_error_rule(rule) for rule in errors.get("rules", ())),
        "in_flight": node.get("in_flight", 4),
        "quota": Quota(**(_with_call(quota) if "call" in quota else quota)) if quota else None,
    }


def _rest(node: Node) -> Rest:
    values, access = node.get("values", {}), node.get("access")
    metadata = values.get("metadata")
    return Rest(
        **_web(node),
        query=_query(node["query"]),
        paging=_paging(node.get("paging", {})),
        write=_write(node["write"]) if "write" in node else None,
        udf=UdfStyle(**values["udf"]) if "udf" in values else None,
        picklists=PicklistStyle(**_with_call(values["picklists"])) if "picklists" in values else None,
        access=Access(**_with_call(access)) if access else None,
        metadata=_metadata(metadata) if metadata else None,
        safety=_safety(
            node.get("safety", {}),
            SafetyTable(create=Safety.NOTHING, create_unmarked=Safety.NOTHING, update=Safety.IDEMPOTENT),
        ),
    )


def _metadata(node: Node) -> Metadata:
    return Metadata(**{**_with_call(node), "types": {word: tuple(types) for word, types in node["types"].items()}})


def _with_call(node: Node) -> dict[str, Any]:
    return {**node, "call": Call.parse(node["call"])}


def _server(node: Node) -> Server:
    zone = node.get("zone")
    return Server(
        url=node.get("url"),
        hosts=tuple(node.get("hosts", ())),
        api=node.get("api", ""),
        zone=Zone(path=zone["path"], query=zone.get("query", {}), give=zone["give"]) if zone else None,
    )


def _query(node: Node) -> QueryStyle:
    operators = {name: tuple(words) for name, words in node.get("operators", {}).items()}
    expression = Expression(**node["expression"]) if "expression" in node else None
    read = {"operators": operators, "without_value": tuple(node.get("without_value", ())), "expression": expression}
    return QueryStyle(**{**_with_call(node), **read})


def _paging(node: Node) -> Paging:
    size = node.get("size", {})
    rest = {name: value for name, value in node.items() if name != "size"}
    return Paging(**rest, size_name=size.get("name", ""), size=size.get("most", 500))


def _write(node: Node) -> WriteStyle:
    return WriteStyle(
        create=Call.parse(node["create"]["call"]),
        update=Call.parse(node["update"]["call"]),
        headers={"create": node["create"].get("headers", {}), "update": node["update"].get("headers", {})},
        update_id_in_body=node["update"].get("id_in_body", False),
        update_whole=node["update"].get("whole", False),
        id=node["id"],
        record=node.get("record"),
    )


def _error_rule(node: Node) -> ErrorRule:
    return ErrorRule(
        outcome=Outcome(node["outcome"]),
        status=frozenset(node["status"]) if "status" in node else None,
        says=re.compile(node["says"], re.IGNORECASE) if "says" in node else None,
        **{name: node[name] for name in ("shaped", "permanent", "ask_first", "pause", "code") if name in node},
    )


def _safety(node: Node, default: SafetyTable) -> SafetyTable:
    create = node.get("create", {})
    table = SafetyTable(
        create=Safety(create.get("marked", default.create)),
        create_unmarked=Safety(create.get("unmarked", default.create_unmarked)),
        update=Safety(node.get("update", default.update)),
    )
    resources = {name: _safety(spec, table) for name, spec in node.get("resources", {}).items()}
    return SafetyTable(
        create=table.create, create_unmarked=table.create_unmarked, update=table.update, resources=resources
    )
