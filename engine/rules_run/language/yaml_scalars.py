"""What a plain YAML scalar means, and where the characters of a text stand in the file."""

from __future__ import annotations

import re
from decimal import Decimal

from rules_run.model.problem import Origin
from rules_run.model.values import Spots

from .yaml_nodes import Plain

WORDS: dict[str, Plain] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_BREAK = re.compile(r"[ \t]*\n[ \t\n]*")
_ESCAPE_LENGTH = {"x": 4, "u": 6, "U": 10}
MOST_DIGITS = 30


def plain_value(text: str) -> Plain:
    """Return what an unquoted text means; numbers with leading zeros, plus or exponent, dates and times stay text.

    Raises OverflowError for a number of more than 30 digits.
    """
    if text in WORDS:
        return WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    if sum(map(str.isdigit, text)) > MOST_DIGITS:
        raise OverflowError
    return Decimal(text) if "." in text else int(text)


def spots(value: str, raw: str, style: str | None, start: Origin) -> tuple[Origin, Spots]:
    """Return the place of a text's first character and the jumps of the rest; `raw` is what stands from `start` on."""
    begin = _content_start(raw, style)
    if style not in ("|", ">") and raw[begin : begin + len(value)] == value and "\n" not in value:
        return start.shifted(begin), ()
    indent = _block_indent(raw, begin) if style in ("|", ">") else 0
    walk = _Walk(value, raw, style, start, begin + indent, indent if style == "|" else None)
    found = walk.jumps()
    return (found[0][1], tuple(found[1:])) if found else (start.shifted(begin), ())


def _content_start(raw: str, style: str | None) -> int:
    if style in ("'", '"'):
        return 1
    if style in ("|", ">"):
        return raw.find("\n") + 1 or len(raw)
    return 0


def _block_indent(raw: str, begin: int) -> int:
    line = next((line for line in raw[begin:].split("\n") if line.strip()), "")
    return len(line) - len(line.lstrip(" "))


class _Walk:
    """Steps through a text and its written form side by side, noting each place where the two part."""

    def __init__(
        self, value: str, raw: str, style: str | None, start: Origin, position: int, indent: int | None
    ) -> None:
        self.value, self.raw, self.style, self.start = value, raw, style, start
        self.position, self.indent = position, indent

    def jumps(self) -> list[tuple[int, Origin]]:
        found: list[tuple[int, Origin]] = []
        expected = -1
        offset = 0
        while offset < len(self.value):
            if self.style == '"' and self.raw.startswith("\\\n", self.position):
                self._skip_break(self.position + 1)
            if self.position != expected:
                found.append((offset, self._place(self.position)))
            expected = self.position + 1
            offset += self._step(self.value[offset : offset + 1], offset)
        return found

    def _step(self, character: str, offset: int) -> int:
        """Move past what one character (or a run of line breaks) is written as; return how many characters that was."""
        if self.indent is not None and character.isspace() and self.raw.startswith("\n", self.position):
            spaces = len(self.raw) - self.position - 1 - len(self.raw[self.position + 1 :].lstrip(" "))
            self.position += 1 + min(self.indent, spaces)
            return 1
        if character in " \n" and self.indent is None and _BREAK.match(self.raw, self.position):
            self._skip_break(self.position)
            rest = self.value[offset:]
            return len(rest) - len(rest.lstrip("\n")) or 1
        self.position += self._written_length(character)
        return 1

    def _written_length(self, character: str) -> int:
        if self.style == "'" and character == "'":
            return 2
        if self.style == '"' and self.raw[self.position : self.position + 1] == "\\":
            return _ESCAPE_LENGTH.get(self.raw[self.position + 1 : self.position + 2], 2)
        return 1

    def _skip_break(self, position: int) -> None:
        matched = _BREAK.match(self.raw, position)
        self.position = matched.end() if matched else position + 1

    def _place(self, position: int) -> Origin:
        before = self.raw[:position]
        lines = before.count("\n")
        column = position - before.rfind("\n") if lines else self.start.column + position
        return Origin(file=self.start.file, line=self.start.line + lines, column=column)
