"""Coverage of rule tests as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator

from rules_run.cli.terminal import paint
from rules_run.testing.coverage import Coverage, Part


def lines_of(coverage: Coverage) -> Iterator[str]:
    """Yield what was reached of an integration, part by part, each followed by what no case did."""
    yield paint(f"{coverage.integration}: {coverage.percent} % reached", bold=True)
    width = max((len(part.name) for part in coverage.parts), default=0)
    for part in coverage.parts:
        counts = ", ".join(f"{word} {reached} of {there}" for word, (reached, there) in part.counts().items())
        yield f"  {part.name:{width}}  {counts}"
        yield from (f"      {spot.origin} No case {paint(spot.text, 'yellow')}" for spot in part.missed)


def plain_of(coverage: Coverage) -> dict[str, object]:
    """Return the same as plain values."""
    parts = [_part(part) for part in coverage.parts]
    return {"integration": coverage.integration, "percent": float(coverage.percent), "parts": parts}


def _part(part: Part) -> dict[str, object]:
    counts = {word: {"reached": reached, "of": there} for word, (reached, there) in part.counts().items()}
    missed = [
        {
            "message": f"No case {spot.text}.",
            "file": spot.origin.file,
            "line": spot.origin.line,
            "column": spot.origin.column,
        }
        for spot in part.missed
    ]
    return {"name": part.name, **counts, "missed": missed}
