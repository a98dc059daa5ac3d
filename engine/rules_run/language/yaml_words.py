"""The parser's complaints in the words of someone who does not know YAML."""

from __future__ import annotations

from typing import Any

_QUOTES = "Put the text into quotes if it is meant as it stands."
_TAB = "A tab stands where spaces are needed."
_COMPLAINTS: tuple[tuple[str, str, str], ...] = (
    ("tab character", _TAB, "Indent with spaces."),
    (
        "mapping values are not allowed",
        "A colon stands where no name can be.",
        "A text with `: ` needs quotes; a word below another one the same indentation.",
    ),
    ("alphabetic or numeric character", "`&` and `*` cannot begin a value.", _QUOTES),
    ("cannot start any token", "A value cannot begin with this character.", _QUOTES),
    ("unknown escape", "After a backslash in double quotes this letter means nothing.", "Use single quotes."),
    ("could not find expected ':'", "A name without a colon.", "Write `name: value`; check the indentation."),
    ("expected ',' or ']'", "A comma or `]` is missing.", "Close the list, or put its texts into quotes."),
    ("expected ',' or '}'", "A comma or `}` is missing.", "Close the braces, or put the texts in them into quotes."),
    ("expected '-' indicator", "A list item (`- `) is expected at this indentation.", "Check the indentation."),
    ("expected key", "The indentation does not fit the lines above.", "Align the word with its neighbours."),
    ("expected <block end>", "The indentation does not fit the lines above.", "Align the line with its neighbours."),
    (
        "expected <document start>",
        "The text goes on after its end.",
        "A text with quotes or braces inside needs quotes around.",
    ),
    ("block sequence entries", "A list item (`- `) cannot stand here.", "Begin the list on a line of its own."),
    ("expected node content", "A value is missing.", "Close what is open, or delete the comma."),
    ("undefined tag handle", "`!` begins a tag, which is not allowed.", _QUOTES),
    ("directive", "`%` at the start of a line is not allowed.", _QUOTES),
    ("tag", "`!` cannot begin a value.", _QUOTES),
)


def in_plain_words(fault: Any, text: str) -> tuple[str, Any, str]:
    """Return the sentence, the place and the hint for a YAML error."""
    problem, context = fault.problem or "", fault.context or ""
    mark = fault.problem_mark or fault.context_mark
    if "end of stream" in problem and "quoted scalar" in context:
        return (
            "A quotation mark is opened here and never closed.",
            fault.context_mark,
            "Close it; a quote inside is doubled.",
        )
    if mark is not None and text[mark.index : mark.index + 1] == "\t":
        return _TAB, mark, "Indent with spaces."
    for words, sentence, hint in _COMPLAINTS:
        if words in problem:
            return sentence, mark, hint
    return f"The file is not YAML: {problem or 'it cannot be read'}.", mark, ""
