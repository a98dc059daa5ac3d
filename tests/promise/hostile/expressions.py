"""Expressions and templates that grow, nest and reach: `python -m tests.promise.hostile.expressions SEED NUMBER`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from random import Random

from rules_run.errors import ExpressionError, ValueFault
from rules_run.language.expressions import FUNCTIONS, evaluate, is_template, parse_select, parse_template

from .limits import report, tried

SCOPE = {
    "a": {"b": [1, Decimal("2.50"), "x", None, {"c": "y"}], "d": "2024-05-31", "format": "f"},
    "s": "x" * 60_000,
    "t": "{0.__class__} %s %1000000000d",
    "n": Decimal(10) ** 29,
    "l": [{"k": n % 7, "v": str(n), "w": [n] * 5} for n in range(500)],
    "z": None,
}
FIELDS = (
    "a",
    "a.b",
    "a.d",
    "s",
    "t",
    "n",
    "l",
    "z",
    "l[].k",
    "l[].w[]",
    "l[?k == `3`].v",
    "l[*].{x: k, y: @}",
    "a.__class__",
)
LITERALS = ("`1`", "`9999999999`", "`-1`", "`null`", "`[1,2]`", "'x'", "''", "`1e29`", "`0.1`", '`"\\u0000"`')
GROWING = (
    "| [@,@]",
    "| [@,@][]",
    "| {a: @, b: @}",
    "[]",
    "[*]",
    ".*",
    "[::-1]",
    "[?@]",
    "| to_string(@)",
    "| join('', [@, @])",
)
INSIDES = (
    "__class__",
    "__mro__",
    "__globals__",
    "format",
    "mro",
    "_",
    "__init__",
    "__subclasses__",
    "items",
    "func_code",
)
FILTERS = (
    "upper",
    "pad(60000)",
    "replace('x', s)",
    "round(1)",
    "attr('format')",
    "default(s)",
    "join(s)",
    "batch(9)",
    "list",
)
SIGNS = "{}[]()|.,:*&@!'\"`%~-+/= \n\\0a"


def texts(chance: Random, number: int) -> Iterator[str]:
    """Yield expressions and templates, each of one of the kinds that have hurt others."""
    for _ in range(number):
        text = chance.choice(KINDS)(chance)
        if chance.random() < 0.2:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(SIGNS) * chance.choice((1, 1, 40, 2000)) + text[at:]
        yield text


def _select(chance: Random, depth: int = 0) -> str:
    if depth > 5 or chance.random() < 0.25:
        return chance.choice(FIELDS + LITERALS)
    inner = [_select(chance, depth + 1) for _ in range(chance.choice((1, 2, 2, 3)))]
    form = chance.randrange(6)
    if form == 0:
        return f"{chance.choice(sorted(FUNCTIONS))}({', '.join(inner)})"
    if form == 1:
        operator = chance.choice(("||", "&&", "==", "<", "|"))
        return f"({f' {operator} '.join(inner)})"
    if form == 2:
        return f"[{', '.join(inner)}]"
    if form == 3:
        return f"{{{', '.join(f'k{n}: {each}' for n, each in enumerate(inner))}}}"
    if form == 4:
        return f"map(&{inner[0]}, {inner[-1]})"
    return inner[0] + chance.choice(GROWING)


def _grown(chance: Random) -> str:
    text = chance.choice(FIELDS)
    for _ in range(chance.randrange(1, 30)):
        text += f" {chance.choice(GROWING)}"
    return text


def _deep(chance: Random) -> str:
    start, end = chance.choice(
        (("(", ")"), ("!", ""), ("[", "]"), ("{k: ", "}"), ("length(", ")"), ("`[", "]`"), ("a.", "b"))
    )
    times = chance.choice((5, 29, 31, 200, 900))
    return start * times + "a" + end * times


def _template(chance: Random) -> str:
    parts = [_part(chance) for _ in range(chance.randrange(1, 6))]
    return "".join(parts)


def _part(chance: Random) -> str:
    path = chance.choice(("a", "s", "t", "n", "l", "z", "a.d", "a.b[1]", "a['format']"))
    form = chance.randrange(6)
    if form == 0:
        return f"{{{{ {path}.{'.'.join(chance.choices(INSIDES, k=3))} }}}}"
    if form == 1:
        return f"{{{{ {path}{''.join(f' | {each}' for each in chance.choices(FILTERS, k=chance.randrange(1, 5)))} }}}}"
    if form == 2:
        operator = chance.choice(("*", "**", "+", "~", "%", "//", "<", " and ", " in "))
        return f"{{{{ {path}{operator}{chance.choice((path, '10**9', '1000000000', repr('x')))} }}}}"
    if form == 3:
        return f"{{% if {path} %}}{_part(chance)}{{% else %}}y{{% endif %}}"
    if form == 4:
        word = chance.choice(
            ("for x in range(9**9)", "set x = s * 9", "macro m()", "include 's'", "import 'os' as o", "raw")
        )
        return f"{{% {word} %}}{path}"
    return f"{{{{ {path}.{chance.choice(INSIDES)}({path}) }}}}"


KINDS = (_select, _select, _grown, _deep, _template, _template)


def meet(text: str) -> str:
    """Read and evaluate a text; say what is wrong about the answer."""
    try:
        value = evaluate(parse_template(text) if is_template(text) else parse_select(text), SCOPE)
    except (ExpressionError, ValueFault) as refusal:
        told = refusal.message
        return "" if told.strip() and len(told) < 2100 and "Traceback" not in told else f"no clear message: {told}"
    shown = str(value)
    if is_template(text) and len(shown) > 64 * 1024:
        return f"{len(shown)} signs were written"
    inside = re.search(r"<[\w ]+ at 0x|<built-in|<class |<function |<bound method", shown)
    return f"the inside of Python shows: {inside[0]}" if inside else ""


def main(seed: int, number: int) -> None:
    """Try so many texts."""
    report(*tried(texts(Random(seed), number), meet))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
