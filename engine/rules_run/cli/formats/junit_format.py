"""JUnit's XML, which every pipeline shows: one suite for each integration, one case for each thing examined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rules_run.cli.formats import Examined

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(examined: Sequence[Examined]) -> str:
    """Return the report."""
    top = Element("testsuites", {"name": "rules-run", **_counts(examined)})
    ordered = sorted(examined, key=lambda each: each.group)
    for group, members in groupby(ordered, key=lambda each: each.group):
        cases = list(members)
        suite = SubElement(top, "testsuite", {"name": _clean(group), **_counts(cases)})
        for case in cases:
            _case(suite, case)
    indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(top, encoding="unicode")


def _case(suite: Element, case: Examined) -> None:
    element = SubElement(suite, "testcase", classname=_clean(case.group), name=_clean(case.name))
    wrong = [problem for problem in case.problems if problem.level == "error"]
    if wrong:
        first = wrong[0]
        failure = SubElement(element, "failure", type=first.code, message=_clean(first.message))
        failure.text = _clean("\n".join(map(str, wrong)))
    thoughts = [str(problem) for problem in case.problems if problem.level == "warning"]
    if thoughts:
        SubElement(element, "system-out").text = _clean("\n".join(thoughts))


def _counts(examined: Sequence[Examined]) -> dict[str, str]:
    failures = sum(not each.passed for each in examined)
    return {"tests": str(len(examined)), "failures": str(failures), "errors": "0"}


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
