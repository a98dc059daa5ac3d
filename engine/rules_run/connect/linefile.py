"""Files that grow by a line at a time: a half line of a process that was killed is known, and never read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from rules_run import durable
from rules_run.errors import ConnectorUnusable

_BOM = "\ufeff"
Version = tuple[int, int, int]


class LineFile:
    """One file of lines; whoever adds to it holds a lock of the caller's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path.with_name(f".{path.name}.adding")
        self._noting: int | None = None

    def version(self) -> Version | None:
        """Return what changes whenever the file is written, None where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def lines(self) -> Iterator[tuple[int, int, str]]:
        """Yield each line that is not empty, with the place where it begins and its number."""
        place = number = 0
        begun = self._begun()
        with self.open() as file:
            for number, raw in enumerate(file, 1):
                if raw.strip() and (place != begun or raw.endswith(b"\n")):
                    yield place, number, self._text(raw, place)
                place += len(raw)

    def at(self, file: BinaryIO, place: int) -> str:
        """Return the line that begins at a place of the opened file."""
        file.seek(place)
        return self._text(file.readline(), place)

    def open(self) -> BinaryIO:
        """Open the file for reading."""
        try:
            return self.path.open("rb")
        except FileNotFoundError as fault:
            raise ConnectorUnusable(f"The file {self.path} is not there.") from fault
        except OSError as fault:
            raise ConnectorUnusable(f"The file {self.path} cannot be read.") from fault

    def add(self, line: str, guard: Callable[[], None]) -> int:
        """Add a line once `guard` lets it pass, and return where it begins.

        ConnectorUnusable says that nothing changed; an OSError, that the line stands but may not outlive a power cut.
        """
        try:
            fresh = not self.path.exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as fault:
            raise self._refused(fault.strerror) from fault
        try:
            place = self._end(descriptor)
            guard()
            self._put(descriptor, place, f"{line}\n".encode())
            durable.flush(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            durable.sync_folder(self.path.parent)
        return place

    def close(self) -> None:
        """Take the note away that says where the last line begins."""
        if self._noting is not None:
            os.close(self._noting)
            durable.remove(self._note)
            self._noting = None

    def _put(self, descriptor: int, place: int, content: bytes) -> None:
        """Write at the end; should the process be killed meanwhile, the note tells where its half line begins."""
        why: str | None = "the disk is full"
        written = 0
        try:
            if self._noting is None:
                self._noting = os.open(self._note, os.O_WRONLY | os.O_CREAT, 0o600)
            os.pwrite(self._noting, f"{place:020}\n".encode(), 0)
            written = os.pwrite(descriptor, content, place)
        except OSError as fault:
            why = fault.strerror
        if written < len(content):
            os.ftruncate(descriptor, place)
            raise self._refused(why)

    def _end(self, descriptor: int) -> int:
        """Return where the next line is to begin: after the last whole one."""
        end = os.fstat(descriptor).st_size
        if end == 0 or os.pread(descriptor, 1, end - 1) == b"\n":
            return end
        begun = self._begun()
        if begun is not None and begun < end and (begun == 0 or os.pread(descriptor, 1, begun - 1) == b"\n"):
            os.ftruncate(descriptor, begun)
            return begun
        return end + os.pwrite(descriptor, b"\n", end)  # somebody else's last line, and a whole one: it was read

    def _begun(self) -> int | None:
        try:
            return int(self._note.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _refused(self, why: str | None) -> ConnectorUnusable:
        return ConnectorUnusable(f"The file {self.path} cannot be written ({why}): it is as it was.")

    def _text(self, raw: bytes, place: int) -> str:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise ConnectorUnusable(f"The file {self.path} is not UTF-8 text.") from fault
        return text if place else text.removeprefix(_BOM)
