"""What Autotask says instead of doing."""

from __future__ import annotations


class Refusal(Exception):
    """An answer that is no success; most are HTTP 500, whatever the reason."""

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.message, self.status = message, status
