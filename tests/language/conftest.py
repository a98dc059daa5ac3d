"""The small systems that the language tests speak of, and how their files are broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rules_run.connect.catalogue import load_catalogue
from rules_run.model.catalogue import Catalogue

HERE = Path(__file__).parent
MARK = "^^"


@pytest.fixture(scope="session")
def catalogues() -> dict[str, Catalogue]:
    return {alias: load_catalogue(HERE / "connectors" / alias) for alias in ("shop", "erp")}


@pytest.fixture(scope="session")
def broken() -> Callable[[str, Mapping[str, str]], tuple[str, list[str]]]:
    """Change a good text, and return it with the marked places as `line:column`."""

    def change(text: str, changes: Mapping[str, str]) -> tuple[str, list[str]]:
        for old, new in changes.items():
            assert old in text, f"the good file has no {old!r}"
            text = text.replace(old, new, 1)
        places = []
        while (at := text.find(MARK)) >= 0:
            before = text[:at]
            places.append(f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}")
            text = before + text[at + len(MARK) :]
        return text, places

    return change
