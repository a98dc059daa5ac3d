"""Several pieces of work at once, their results in the order of the pieces."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


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
