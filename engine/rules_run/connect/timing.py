"""How long a system may take."""

from __future__ import annotations

from rules_run.model.frozen import frozen


@frozen
class Timing:
    """Seconds of the write protocol: hard deadline of a send, how late a commit may come, gap between two negatives."""

    deadline: float = 60.0
    settle: float = 600.0
    negative_gap: float = 60.0
