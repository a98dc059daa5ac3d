"""The problem codes of expressions and templates: what each means and what to do."""

from __future__ import annotations

CODES: dict[str, tuple[str, str]] = {
    "E001": (
        "Expression cannot be read",
        "The text is not JMESPath. The column points at the first character that does not fit.",
    ),
    "E002": (
        "Unknown function",
        "No function or filter has this name. The reference lists all functions; each is a filter of the same name.",
    ),
    "E003": ("Wrong number of arguments", "The function takes more or fewer arguments than were given."),
    "E004": (
        "Expression too large",
        "An expression may have 2 KB, 200 parts, 30 levels and 3 multi-selects in a chain; "
        "a number 30 digits. Name parts of it under `let`.",
    ),
    "E005": (
        "Texts are not ordered by < and >",
        "<, <=, > and >= compare numbers. Dates are compared with `before` and `after`; "
        "a text that holds a number needs `to_number`.",
    ),
    "E006": (
        "Condition is not boolean",
        "A condition must be true or false: compare the value with something. Zero counts as true in JMESPath.",
    ),
    "E007": ("Name needs quotes", 'Names with accents, spaces or hyphens stand in double quotes: item."Unité".'),
    "E008": (
        "Wrong type of value",
        "A function or a path cannot work with this type of value. An empty value (null) has to be handled first, "
        "for example with `not_null`.",
    ),
    "E009": ("Unknown name", "Every path starts with a name in scope, such as the `as` of the source."),
    "E010": (
        "No value to start from",
        "`@`, `*` and `[...]` need a value at their left: in a rule every path starts with a name in scope.",
    ),
    "E011": ("Argument out of range", "The value has the right type, but the function cannot work with it."),
    "E012": ("Result too large", "A text may grow to 64 KB and a number to 60 digits."),
    "E013": ("Value cannot be converted", "`type` never guesses: the value must already read as that type."),
    "T001": ("Template cannot be read", "The text is not a Jinja template. The column points at the place."),
    "T002": (
        "Not allowed in a template",
        "Templates write text: {{ path }}, filters, {% if %}, comparisons, and, or, not. Everything else is refused.",
    ),
    "T003": ("Template too large", "A template may have 8 KB, 400 parts and 30 levels, a number 30 digits."),
    "T004": (
        "Empty value in a text",
        "A template refuses to print an empty value. Write what to print instead: {{ path | not_null('-') }}, "
        "or put it under {% if path %}.",
    ),
    "T005": ("Value cannot be printed", "Only texts and numbers can be printed, not lists, records or booleans."),
}
"""Code -> (title, explanation); E for expressions and values, T for templates."""
