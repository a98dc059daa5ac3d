"""Tries many texts one after the other in this process, each within a second of its processor and 200 MB in all."""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

SECONDS = 1.0
"""Of processor time: what the machine does besides does not count."""
MEGABYTES = 200


class TooLong(BaseException):
    """A text has used up its time; not an Exception, so that nothing takes it for a mistake in the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A text with what is wrong about how it was met."""

    text: str
    what: str


def tried(texts: Iterable[str], meet: Callable[[str], str]) -> tuple[int, list[Finding]]:
    """Meet each text; return how many there were, and those that were not met as they should.

    `meet` says what is wrong, or nothing; what it raises is a finding, too.
    """
    signal.signal(signal.SIGVTALRM, _stop)
    _spare_the_machine()
    number, found = 0, []
    for text in texts:
        number += 1
        before, held = time.process_time(), _held()
        signal.setitimer(signal.ITIMER_VIRTUAL, 2 * SECONDS)
        try:
            what = meet(text)
        except TooLong:
            what = "it did not come to an end"
        except BaseException:
            what = traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        used = time.process_time() - before
        if not what and used > SECONDS:
            what = f"it took {used:.1f} s"
        if not what and _held() - held > MEGABYTES:
            what = f"it took {_held() - held} MB"
        if what:
            found.append(Finding(text=text, what=what))
    return number, found


def report(number: int, found: Iterable[Finding]) -> None:
    """Print what a calling process reads."""
    json.dump({"tried": number, "found": [[each.text, each.what] for each in found]}, sys.stdout)


def _stop(number: int, frame: object) -> None:
    raise TooLong


def _held() -> int:
    """Return the most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _spare_the_machine() -> None:
    """Let an allocation beyond all measure fail in place of taking the machine along."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + 4 * MEGABYTES * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
