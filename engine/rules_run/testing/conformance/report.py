"""The table of a connector's README: what each write is worth after a lost answer, and what was seen."""

from __future__ import annotations

from collections.abc import Sequence

from rules_run.testing.conformance.check import PAGES, QUESTIONS, Examined

BEGIN, END = "<!-- conformance: `rules-run connectors check --update` writes this table -->", "<!-- /conformance -->"
_COLUMNS = ("sent again", "refuses a second one", "found by its marker", "longest marker", "sees all", "throttled")


def table(examined: Sequence[Examined]) -> str:
    """Return the answers as a Markdown table; a resource that is only read has a row of its own."""
    rows = [
        ("write", "class", "marker", *_COLUMNS, PAGES),
        *(_row(each) for each in examined),
    ]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines)


def with_table(text: str, examined: Sequence[Examined]) -> str:
    """Return a README whose table holds these answers; one without a place for it is returned as it is."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        return text
    return f"{before}{BEGIN}\n\n{table(examined)}\n\n{END}{after}"


def lines(examined: Examined) -> list[str]:
    """Return what was asked about a resource, and what was seen, for people."""
    kind = f"class {examined.safety}" if examined.safety else "only read"
    told = [f"{examined.resource}: {kind}"]
    width = max(len(each.name) for each in QUESTIONS)
    for name, answer in examined.answers.items():
        sign = "!" if answer.wrong else " "
        told.append(f"{sign} {name:<{width}}  {answer.says}: {answer.wrong or answer.seen}")
    return told


def _row(examined: Examined) -> tuple[str, ...]:
    answers = {name: answer.says for name, answer in examined.answers.items()}
    safety = f"**{examined.safety}**" if examined.safety else "read"
    marker = f"`{examined.marker}`" if examined.marker else "-"
    return (f"`{examined.resource}`", safety, marker, *(answers.get(name, "-") for name in (*_COLUMNS, PAGES)))
