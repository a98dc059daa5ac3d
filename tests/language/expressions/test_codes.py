"""Every code that can be raised is explained, and every explained code can be raised."""

from __future__ import annotations

import re
from pathlib import Path

from rules_run.language import expressions
from rules_run.language.expressions import CODES

FOLDER = Path(expressions.__file__).parent


def test_the_table_holds_exactly_the_codes_that_are_used() -> None:
    files = [path for path in FOLDER.rglob("*.py") if path.name != "codes.py"] + [FOLDER.parent / "conversions.py"]
    used = {code for file in files for code in re.findall(r'"([ET]0\d\d)"', file.read_text(encoding="utf-8"))}
    assert used == set(CODES)


def test_every_code_has_a_title_and_full_sentences() -> None:
    for title, explanation in CODES.values():
        assert title and not title.endswith(".")
        assert explanation.endswith((".", '"'))
