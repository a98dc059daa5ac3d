"""Runs an example as its story tells: starts the sandboxes, calls the commands, shows the records that were made."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import yaml

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / ".demo"
COMMAND = [sys.executable, "-m", "rules_run"]


def main(name: str) -> int:
    """Run one example in a fresh copy of its workspace."""
    source = HERE / name
    if not (source / "story.yaml").is_file():
        names = sorted(file.parent.name for file in HERE.glob("*/story.yaml"))
        say(f"There is no example {name!r}. There are: {', '.join(names)}.")
        return 1
    story = yaml.safe_load((source / "story.yaml").read_text(encoding="utf-8"))
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    environment = {**os.environ, **story.get("environment", {})}
    say(story["title"], rule="=")
    with ExitStack() as stack:
        urls = {
            alias: stack.enter_context(Sandbox(folder, spec, environment)).url
            for alias, spec in story.get("sandboxes", {}).items()
        }
        for step in story["steps"]:
            if "say" in step:
                say(f"\n{step['say']}")
            if "run" in step:
                code = run(folder, step["run"], str(story["date"]), environment)
                if code != step.get("code", 0):
                    say(f"rules-run {step['run']} left with {code}")
                    return 1
            elif "form" in step:
                fill_in(urls[step["form"]["of"]], step["form"]["path"], step["form"].get("fields", {}))
            else:
                show(
                    urls[step["of"]],
                    step["show"],
                    step["columns"],
                    step.get("each"),
                    by_first=step.get("sorted", False),
                )
    say(f"\nThe workspace, its ledger (.rules-run/) and its files lie in {folder.relative_to(Path.cwd())}.")
    return 0


class Sandbox:
    """A stand-in in a process of its own; the workspace's files are pointed at the port that it got."""

    def __init__(self, folder: Path, spec: dict[str, Any], environment: dict[str, str]) -> None:
        self._folder, self._spec, self._environment = folder, spec, environment
        self.url = ""

    def __enter__(self) -> Sandbox:
        """Start it, and return when it listens."""
        data = ["--data", str(self._folder / self._spec["data"])] if "data" in self._spec else []
        command = [*COMMAND, "-C", str(self._folder), "sandbox", self._spec["type"], *data]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self._environment)  # noqa: S603
        line = self._process.stdout.readline() if self._process.stdout else ""
        found = re.search(r"http://\S+?:\d+", line)
        if found is None:
            raise SystemExit(f"The {self._spec['type']} sandbox did not start.")
        self.url = found[0]
        for file in (self._folder / "tenants").glob("*.yaml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(self._spec["address"], self.url), encoding="utf-8")
        say(f"{line.strip()}")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()


def run(folder: Path, words: str, date: str, environment: dict[str, str]) -> int:
    """Call one command in the workspace, as a person would."""
    verb = shlex.split(words)
    dated = ["--date", date] if verb[0] in {"plan", "apply"} else []
    say(f"$ rules-run {shlex.join([*verb, *dated])}")
    return subprocess.run([*COMMAND, "-C", str(folder), *verb, *dated], env=environment, check=False).returncode  # noqa: S603


def fill_in(url: str, path: str, fields: dict[str, str]) -> None:
    """Do what a person does on the page of a record."""
    say(f"  ({path}: {', '.join(f'{name} = {value or chr(8212)}' for name, value in fields.items()) or 'done'})")
    page = f"{url}/_sandbox/records/{quote(path)}"
    urlopen(Request(page, data=urlencode(fields).encode(), method="POST")).close()  # noqa: S310 - on this machine


def show(url: str, resource: str, columns: dict[str, str], each: str | None = None, *, by_first: bool) -> None:
    """Print records, or the lines in them (`each`), as a table; `companyID>Companies.companyName` is a reference."""
    found = records(url, resource)
    if each is not None:
        found = [{**record, **line} for record in found for line in record[each]]
    rows = [[cell(url, record, spec) for spec in columns.values()] for record in found]
    rows = sorted(rows, key=lambda row: row[0]) if by_first else rows
    widths = [max(len(text) for text in column) for column in zip(columns, *rows, strict=True)]
    for row in [list(columns), *rows]:
        say("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def cell(url: str, record: dict[str, Any], spec: str) -> str:
    """Return one cell as text; a date-time at midnight is a date."""
    field, _, other = spec.partition(">")
    value: Any = record
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if other:
        resource, _, field = other.partition(".")
        value = next((each.get(field) for each in records(url, resource) if each["id"] == value), None)
    if isinstance(value, float):
        return f"{value:.2f}" if round(value, 2) == value else str(value)
    return "" if value is None else re.sub(r"T00:00:00(\.000)?Z?$", "", str(value))


def records(url: str, resource: str) -> list[dict[str, Any]]:
    """Return what a sandbox holds."""
    with urlopen(f"{url}/_sandbox/records/{resource}.json") as answer:  # noqa: S310 - a sandbox on this machine
        found: list[dict[str, Any]] = json.load(answer)
    return found


def say(text: str, rule: str = "") -> None:
    """Print a line, at once."""
    print(text, flush=True)  # noqa: T201
    if rule:
        print(rule * min(len(text), 100), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
