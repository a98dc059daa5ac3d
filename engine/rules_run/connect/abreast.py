"""Several pieces of work at once: with their results in order, beside what starts them, or in turns."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Generic, Self, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")
QUICK = 1.0
"""Seconds within which a turn is over where the next one may be begun ahead of it."""


def in_order(work: Callable[[Piece], Result], pieces: Iterable[Piece], width: int) -> Iterator[Result]:
    """Yield the result of each piece, `width` of them being worked on; after an error the rest is left."""
    if width < 2:
        yield from map(work, pieces)
        return
    rest = iter(pieces)
    pool = ThreadPoolExecutor(width)
    try:
        waiting: deque[Future[Result]] = deque(pool.submit(work, piece) for piece in islice(rest, 2 * width))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(work, piece) for piece in islice(rest, 1))
            yield result
    finally:
        pool.shutdown(cancel_futures=True)


class Lane(Generic[Piece, Result]):
    """Work that goes on beside whoever starts it, `width` pieces at a time; use it as a context manager.

    Pieces with the same key are worked on one after the other, in the order in which they were started. After an error
    nothing more is begun, and leaving the lane leaves what was not begun.
    """

    def __init__(self, work: Callable[[Piece], Result], width: int) -> None:
        self._work, self._pool = work, ThreadPoolExecutor(width)
        self._started: deque[Future[Result]] = deque()
        self._last: dict[Hashable, Future[Result]] = {}
        self._broken: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def start(self, piece: Piece, key: Hashable) -> None:
        """Start a piece; raise the error of an earlier one instead."""
        if self._broken is not None:
            raise self._broken
        future = self._pool.submit(self._worked_on, piece, self._last.get(key))
        self._started.append(future)
        self._last[key] = future

    def results(self) -> Iterator[Result]:
        """Yield the result of each piece in the order in which they were started; raise the first error."""
        while self._started:
            yield self._started.popleft().result()

    def _worked_on(self, piece: Piece, before: Future[Result] | None) -> Result:
        # The one before was submitted earlier, so it is under way or over: nobody waits for what cannot begin.
        if before is not None:
            before.result()
        if self._broken is not None:
            raise self._broken
        try:
            return self._work(piece)
        except BaseException as error:
            self._broken = error
            raise


class Turns:
    """Lets `width` threads work at once, and one more ahead of its turn for as long as turns are over quickly.

    That one has its beginning done when a place becomes free. Where turns take long it would wait too long for that,
    and has little to win.
    """

    def __init__(self, width: int) -> None:
        self._width, self._held, self._quick = width, 0, False
        self._changed = threading.Condition()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn, and hold it for the block."""
        with self._changed:
            self._changed.wait_for(lambda: self._held < self._width + self._quick)
            self._held += 1
        begun = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._held -= 1
                self._quick = self._width > 1 and time.monotonic() - begun < QUICK
                self._changed.notify_all()
