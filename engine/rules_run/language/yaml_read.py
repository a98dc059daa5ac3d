"""Reads a YAML file into nodes, and refuses in one clear problem whatever a reader could misunderstand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from rules_run.model.problem import Origin, Problem

from .yaml_nodes import Entry, ListNode, MappingNode, Node, ScalarNode
from .yaml_scalars import plain_value, spots
from .yaml_words import in_plain_words

MOST_BYTES = 1_000_000
MOST_DEPTH = 40
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ALLOWED = (
    ("\t", "\n"),
    ("\x20", "\x7e"),
    ("\xa0", "\u2027"),
    ("\u202a", "\ud7ff"),
    ("\ue000", "\ufefe"),
    ("\uff00", "\ufffd"),
    ("\U00010000", "\U0010ffff"),
)


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def read_yaml(path: Path, name: str | None = None) -> tuple[Node | None, list[Problem]]:
    """Read a file into its node, or into what keeps it from being read; places call the file `name`."""
    name = name or str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as fault:
        reason = (fault.strerror or "unreadable").lower()
        return None, [Problem(code="Y014", message=f"The file cannot be read: {reason}.", origin=_start(name))]
    return parse_yaml(content, name)


def parse_yaml(content: bytes, name: str) -> tuple[Node | None, list[Problem]]:
    """Read the bytes of a file; a node is only given when nothing is wrong."""
    try:
        text = _text(content, name)
        composer = _Composer(text, name)
        node = composer.document()
    except _Refused as refused:
        return None, [refused.problem]
    return (None, composer.problems) if composer.problems else (node, [])


def _start(name: str) -> Origin:
    return Origin(file=name, line=1, column=1)


def _text(content: bytes, name: str) -> str:
    if len(content) > MOST_BYTES:
        raise _refuse("Y005", "The file is larger than 1 MB.", _start(name), "Split it, or move rows into a table.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = content[: fault.start].decode("utf-8", "replace")
        raise _refuse("Y002", "The file is not UTF-8 text.", _at(name, before), "Save it as UTF-8.") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if bad := {each for each in set(text) if not any(first <= each <= last for first, last in _ALLOWED)}:
        at = min(map(text.index, bad))
        message = f"The character U+{ord(text[at]):04X} is not allowed in a file."
        raise _refuse("Y003", message, _at(name, text[:at]), "Delete it; it does not show in most editors.")
    return text


def _at(name: str, before: str) -> Origin:
    return Origin(file=name, line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))


def _refuse(code: str, message: str, origin: Origin, hint: str = "") -> _Refused:
    return _Refused(Problem(code=code, message=message, origin=origin, hint=hint))


class _Composer:
    """Builds nodes from the parser's events; what can be passed over is collected, the rest ends the file."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.problems: list[Problem] = []
        self.events = iter(yaml.parse(text, Loader=_LOADER))
        self.depth = 0

    def document(self) -> Node:
        self._next()
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise _refuse("Y004", "The file is empty.", _start(self.name))
        node = self._node(self._next())
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            hint = "Put each document into a file of its own; `---` starts another one."
            raise _refuse("Y012", "The file holds more than one document.", self._origin(after), hint)
        return node

    def _next(self) -> Any:
        try:
            return next(self.events)
        except yaml.MarkedYAMLError as fault:
            if "nesting depth" in (fault.problem or ""):
                raise self._too_deep(self._place(fault.problem_mark)) from None
            message, mark, hint = in_plain_words(fault, self.text)
            raise _refuse("Y001", message, self._place(mark), hint) from None
        except yaml.YAMLError:
            raise _refuse("Y001", "The file is not YAML.", _start(self.name)) from None

    def _too_deep(self, origin: Origin) -> _Refused:
        return _refuse("Y006", f"Values are nested more than {MOST_DEPTH} deep here.", origin)

    def _origin(self, event: Any) -> Origin:
        return self._place(event.start_mark)

    def _place(self, mark: Any) -> Origin:
        if mark is None:
            return _start(self.name)
        return Origin(file=self.name, line=mark.line + 1, column=mark.column + 1)

    def _node(self, event: Any) -> Node:
        origin = self._origin(event)
        if isinstance(event, yaml.AliasEvent):
            hint = "Write the value out; several rules share reads under `sources` and values under `let`."
            raise _refuse(
                "Y008", f"`*{event.anchor}` repeats another part of the file: that is not allowed.", origin, hint
            )
        if event.anchor is not None:
            raise _refuse(
                "Y008", f"`&{event.anchor}` names a part of the file: that is not allowed.", origin, "Delete it."
            )
        if event.tag is not None:
            hint = "Delete it; types are stated with `type`, texts put into quotes."
            raise _refuse("Y009", f"`{_short(event.tag)}` gives the value a tag: that is not allowed.", origin, hint)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, origin)
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self._too_deep(origin)
        node = self._list(origin) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(origin)
        self.depth -= 1
        return node

    def _scalar(self, event: Any, origin: Origin) -> Node:
        if "\0" in event.value:
            raise _refuse("Y003", "The character U+0000 is not allowed in a text.", origin)
        if not event.implicit[0]:
            raw = self.text[event.start_mark.index : event.end_mark.index]
            first, jumps = spots(event.value, raw, event.style, origin)
            return ScalarNode(first, event.value, jumps)
        try:
            value = plain_value(event.value)
        except OverflowError:
            hint = "Put it in quotes if it is a code."
            self._note("Y011", "A number may have 30 digits.", origin, hint)
            return ScalarNode(origin, None)
        if isinstance(value, str) and event.start_mark.line != event.end_mark.line:
            raw = self.text[event.start_mark.index : event.end_mark.index]
            return ScalarNode(origin, value, spots(value, raw, event.style, origin)[1])
        return ScalarNode(origin, value, blank=event.value == "")

    def _list(self, origin: Origin) -> Node:
        items = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event))
        return ListNode(origin, tuple(items))

    def _mapping(self, origin: Origin) -> Node:
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            entry = self._entry(event)
            first = entries.setdefault(entry.name, entry)
            if first is not entry:
                message = (
                    f"`{_short(entry.name)}` stands twice: in line {first.origin.line} and in line {entry.origin.line}."
                )
                self._note("Y007", message, entry.origin, "Keep one of them.")
        return MappingNode(origin, entries)

    def _entry(self, event: Any) -> Entry:
        origin = self._origin(event)
        if isinstance(event, yaml.CollectionStartEvent):
            raise _refuse(
                "Y013", "A list or mapping cannot be a name.", origin, "A text with {{ }} needs quotes around."
            )
        self._node(event)
        if event.value == "<<" and event.implicit[0]:
            raise _refuse("Y010", "`<<` copies another mapping: that is not allowed.", origin, "Write the words out.")
        if not event.value:
            raise _refuse("Y013", "A name is missing before the colon.", origin)
        return Entry(event.value, origin, self._node(self._next()))

    def _note(self, code: str, message: str, origin: Origin, hint: str) -> None:
        self.problems.append(Problem(code=code, message=message, origin=origin, hint=hint))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
