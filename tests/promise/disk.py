"""What a disk holds after its power was cut: all that was synced, and of the rest what chance leaves, by sectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

SECTOR = 512
"""The unit in which a disk writes: a page of a database is torn where only some of its sectors arrived."""
CHANCES = (0.0, 0.1, 0.5, 0.9, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing in the order in which it happened: done to a file, or (`mark`) said by the program that did it."""

    kind: Literal["write", "truncate", "sync", "delete", "mark"]
    path: str
    at: int = 0
    data: bytes = b""
    note: Any = None


@dataclass(slots=True, kw_only=True)
class _File:
    synced: bytearray
    named: bool
    pending: list[Happened] = field(default_factory=list)
    before: _File | None = None
    """The file of the same name whose deletion was not made durable yet."""

    def sync(self) -> None:
        for each in self.pending:
            _do(self.synced, each)
        self.pending.clear()
        self.named, self.before = True, None


class Disk:
    """Files as they were, and what was done to them since."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = {path: _File(synced=bytearray(content), named=True) for path, content in files.items()}

    def play(self, events: Sequence[Happened]) -> Disk:
        """Do what happened, and return itself."""
        for each in events:
            match each.kind:
                case "sync":
                    self._file(each.path).sync()
                case "delete":
                    self._files[each.path] = _File(synced=bytearray(), named=False, before=self._files[each.path])
                case "write" | "truncate":
                    self._file(each.path).pending.append(each)
        return self

    def cut(self, chance: Random) -> dict[str, bytes]:
        """Return the files that are found when the power is back."""
        share = chance.choice(CHANCES)
        found = {path: _found(file, chance, share) for path, file in self._files.items()}
        return {path: bytes(content) for path, content in found.items() if content is not None}

    def _file(self, path: str) -> _File:
        return self._files.setdefault(path, _File(synced=bytearray(), named=False))


def _found(file: _File, chance: Random, share: float) -> bytearray | None:
    if not file.named and chance.random() >= share:
        return None if file.before is None else _found(file.before, chance, share)
    content = bytearray(file.synced)
    for each in file.pending:
        if each.kind == "truncate":
            survivors = [each] if chance.random() < share else []
        else:
            survivors = [part for part in _sectors(each) if chance.random() < share]
        for part in survivors:
            _do(content, part)
    return content


def _sectors(write: Happened) -> list[Happened]:
    """Return a write as the parts of it that arrive whole or not at all."""
    end, at, parts = write.at + len(write.data), write.at, []
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        data = write.data[at - write.at : stop - write.at]
        parts.append(Happened(kind="write", path=write.path, at=at, data=data))
        at = stop
    return parts


def _do(content: bytearray, each: Happened) -> None:
    if each.kind == "truncate":
        del content[each.at :]
    content.extend(bytes(max(0, each.at - len(content))))
    content[each.at : each.at + len(each.data)] = each.data
