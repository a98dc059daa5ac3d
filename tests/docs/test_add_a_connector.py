"""The guide to a new connector is followed as it is written."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ..cli.desk import Ran, call, command, whole

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "add-a-connector.md").read_text(encoding="utf-8")
STEP = re.compile(r"(?:^`(?P<file>[\w./-]+)`[^\n]*:\n\n)?^```(?P<kind>yaml|sh|text)\n(?P<body>.*?)^```", re.M | re.S)
WRITTEN_ADDRESS = "http://127.0.0.1:8071"


@dataclass(kw_only=True)
class Reader:
    """Somebody who does what the guide says, in an empty folder; only the port is a free one."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    sandbox: subprocess.Popen[str] | None = None
    said: str = ""

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def type(self, lines: list[str]) -> None:
        self.said = "".join(self.line(line) for line in lines)

    def line(self, line: str) -> str:
        match line.split():
            case ["rm", name]:
                (self.folder / name).unlink()
            case ["export", pair]:
                self.environment.update([pair.split("=")])
            case ["rules-run", "sandbox", *words]:
                self.start(words)
            case ["rules-run", *words]:
                return self.run(*words)
            case _:
                pytest.fail(f"the guide has a command that this test does not know: {line}")
        return ""

    def run(self, *words: str) -> str:
        ran: Ran = call(["-C", str(self.folder), *words], self.environment)
        assert ran.code == 0, f"{' '.join(words)}: {ran.said}"
        return ran.said

    def start(self, words: list[str]) -> None:
        data = [
            str(self.folder / word) if word.startswith("data/") else word for word in words[: words.index("--port")]
        ]
        line = command(self.folder, "sandbox", *data)
        self.sandbox = subprocess.Popen(line, env=whole({}), stdout=subprocess.PIPE, text=True)
        assert self.sandbox.stdout is not None
        found = re.search(r"http://[\d.:]+", self.sandbox.stdout.readline())
        assert found is not None
        tenant = self.folder / "tenants" / "acme.yaml"
        text = tenant.read_text(encoding="utf-8")
        assert WRITTEN_ADDRESS in text
        tenant.write_text(text.replace(WRITTEN_ADDRESS, found[0]), encoding="utf-8")


@contextmanager
def reader_in(folder: Path) -> Iterator[Reader]:
    reader = Reader(folder=folder)
    try:
        yield reader
    finally:
        if reader.sandbox is not None:
            reader.sandbox.terminate()
            reader.sandbox.communicate()


def follow(reader: Reader) -> list[str]:
    """Do every step and return what the guide promises that was not said."""
    missed: list[str] = []
    for step in STEP.finditer(GUIDE):
        body = step["body"]
        match step["kind"]:
            case "yaml":
                assert step["file"], f"the guide does not say where this belongs: {body[:60]}"
                reader.write(step["file"], body)
            case "sh":
                reader.type(body.splitlines())
            case _:
                missed += [line for line in body.splitlines() if line not in reader.said]
    return missed


def test_following_the_guide_word_by_word_ends_with_each_invoice_written_once(tmp_path: Path) -> None:
    with reader_in(tmp_path) as reader:
        assert follow(reader) == []
        queue = reader.run("queue", "list")
        reader.environment["TALLYBOOK_TOKEN"] = "another"
        stranger = call(["-C", str(tmp_path), "plan", "--date", "2026-04-01"], reader.environment)
    assert sorted(re.findall(r"Processed  monthly-invoices/invoice (\S+)", queue)) == ["1/2026-03", "3/2026-03"]
    assert (stranger.code, "The log-in is not known" in stranger.err) == (7, True)
    assert list(tmp_path.rglob("*.py")) == []
