"""Did-you-mean: the nearest of the words that are allowed."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the allowed word that is written most like `word`, if one is."""
    from difflib import get_close_matches  # most files have nothing to suggest

    words = [each for each in allowed if each != word]
    folded = {each.casefold(): each for each in reversed(words)}
    found = get_close_matches(word.casefold()[:100], folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, allowed: Iterable[str], what: str = "Known") -> str:
    """Return a hint: the nearest word, else the words there are (when they are few)."""
    words = sorted(allowed)
    if near := nearest(word, words):
        return f"Did you mean `{near}`?"
    if not words:
        return ""
    shown = ", ".join(words[:12])
    return f"{what}: {shown}{', …' if len(words) > 12 else ''}."
