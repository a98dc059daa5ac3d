"""Rule files as people and accidents change them: `python -m tests.promise.hostile.files SEED NUMBER`."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from rules_run.connect.catalogue import load_catalogue
from rules_run.connect.registry import list_connectors, open_catalogue
from rules_run.language.validate import check_integration, load_integration
from rules_run.model.problem import Problem

from .limits import report, tried

TOP = Path(__file__).parents[3]
GOOD = sorted(
    path
    for place in ("rules/*/*.rules.yaml", "docs/sketches/*.rules.yaml", "tests/language/files/*.rules.yaml")
    for path in TOP.glob(place)
)
SIGNS = "\t\0\a﻿ \u200b\u2028é😀'\"`{}[]()<>|&*!%@#:;,.?-+=~/\\$^_09azAZ\r"
WORDS = (
    *("&a *a", "*a", "<<: *a", "!!python/object:os.system", "!x y", "? a", "---", "...", "- ", "|", ">-", "%YAML 1.1"),
    *("null", "true", "yes", "0123", "1e99999", "9" * 400, "-.inf", "2024-01-02", "'", '"', "{{", "}}", "{% if x %}"),
    *("{{ a.b | upper }}", "{{ ''.__class__ }}", "{{ 'a' * 10**9 }}", "a.b[0].c[?d == `1`]", "[" * 60, "{a: " * 50),
    *("sum(x[].y)", "| [@,@]" * 20, "!" * 3000, "x." * 2000, "((((", "`[[`", "&a", "@", "it's", "rules", "to: to: to:"),
)


def texts(chance: Random, number: int) -> Iterator[str]:
    """Yield good files, each changed in one to four places."""
    good = [path.read_text(encoding="utf-8") for path in GOOD]
    for _ in range(number):
        text = chance.choice(good)
        for _ in range(chance.choice((1, 1, 2, 4))):
            text = chance.choice(CHANGES)(chance, text)
        yield text


def _spot(chance: Random, text: str) -> int:
    return chance.randrange(len(text) + 1)


def _sign(chance: Random, text: str) -> str:
    at = _spot(chance, text)
    return text[:at] + chance.choice(SIGNS) + text[at + chance.choice((0, 1)) :]


def _word(chance: Random, text: str) -> str:
    at = _spot(chance, text)
    return text[:at] + chance.choice(WORDS) + text[at:]


def _value(chance: Random, text: str) -> str:
    """Put another word in the place of a value."""
    found = list(re.finditer(r": *([^\n{\[]+)$", text, re.MULTILINE))
    if not found:
        return text
    match = chance.choice(found)
    return text[: match.start(1)] + chance.choice(WORDS) + text[match.end(1) :]


def _key(chance: Random, text: str) -> str:
    """Give a key the name of another one of the file, or spell it wrongly."""
    found = list(re.finditer(r"\b(\w+):(?= |$)", text, re.MULTILINE))
    if not found:
        return text
    match, other = chance.choice(found), chance.choice(found)[1]
    name = chance.choice((other, match[1][1:], match[1] + "s", match[1].upper()))
    return text[: match.start(1)] + name + text[match.end(1) :]


def _lines(change: Callable[[Random, list[str], int], None]) -> Callable[[Random, str], str]:
    def changed(chance: Random, text: str) -> str:
        lines = text.split("\n")
        change(chance, lines, chance.randrange(len(lines)))
        return "\n".join(lines)

    return changed


def _drop(chance: Random, lines: list[str], at: int) -> None:
    del lines[at : at + chance.choice((1, 1, 3))]


def _double(chance: Random, lines: list[str], at: int) -> None:
    lines[at:at] = lines[at : at + chance.choice((1, 1, 5))] * chance.choice((1, 2))


def _move(chance: Random, lines: list[str], at: int) -> None:
    lines.insert(chance.randrange(len(lines)), lines.pop(at))


def _indent(chance: Random, lines: list[str], at: int) -> None:
    by = chance.choice((-4, -2, -1, 1, 2, 4, 90))
    lines[at] = " " * by + lines[at] if by > 0 else lines[at][-by:]


def _cut(chance: Random, text: str) -> str:
    at = _spot(chance, text)
    return chance.choice((text[:at], text[at:]))


CHANGES = (
    *(_sign, _word, _value, _value, _key, _key, _cut),
    *map(_lines, (_drop, _double, _move, _indent)),
)


class Reader:
    """Reads a text as a rule file, and says what is wrong about what it is told."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "changed.rules.yaml"
        small = {name: load_catalogue(TOP / "tests" / "language" / "connectors" / name) for name in ("shop", "erp")}
        shipped = {found.type: open_catalogue(found.type, None) for found in list_connectors(None)}
        self._catalogues = {**small, **shipped, "psa": shipped["autotask"], "cloud": shipped["intermedia"]}

    def __call__(self, text: str) -> str:
        """Check the text."""
        self._file.write_bytes(text.encode("utf-8", "surrogatepass"))
        loaded = load_integration(self._file)
        problems = check_integration(loaded, self._catalogues)
        if loaded.integration is None and not problems:
            return "nothing was read and nothing is told"
        lines = len(re.split(r"\r\n|\r|\n", text))
        told = [_place(each) for each in problems]
        if len(set(told)) != len(told):
            return f"something is told twice: {told}"
        return next((wrong for each in problems if (wrong := self._wrong(each, lines))), "")

    def _wrong(self, problem: Problem, lines: int) -> str:
        origin, message = problem.origin, problem.message
        in_file = Path(origin.file) == self._file
        if origin.line < 1 or origin.column < 1 or (in_file and origin.line > lines + 1):
            return f"no such place: {problem}"
        if not message.strip() or "\n" in message or "Traceback" in message or len(message) > 1000:
            return f"no clear message: {problem}"
        return "" if re.fullmatch(r"[A-Z]\d{3}", problem.code) else f"no code: {problem}"


def _place(problem: Problem) -> tuple[object, ...]:
    return (problem.origin.file, problem.origin.line, problem.origin.column, problem.code, problem.message)


def main(seed: int, number: int) -> None:
    """Try so many changed files."""
    with tempfile.TemporaryDirectory() as folder:
        report(*tried(texts(Random(seed), number), Reader(Path(folder))))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
