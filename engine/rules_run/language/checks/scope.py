"""The names that an expression may use at its place, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from rules_run.model.frozen import frozen

from .shapes import Shape

LITERALS = frozenset({"null", "true", "false"})
RESERVED = LITERALS | {"settings", "run", "table", "tenant", "key", "result", "error", "existing"}


@frozen
class Scope:
    """Names in scope; inner scopes share the record of what was used."""

    names: Mapping[str, Shape]
    absent: Mapping[str, str] = field(default_factory=dict)
    """Names that exist elsewhere: why not here."""
    unsure: bool = False
    """Some names could not be read: an unknown one is no problem."""
    written: bool = False
    """The document has been sent: what was known after apply is known."""
    late: Mapping[str, str] = field(default_factory=dict)
    """Named values that are known only after apply: the path that makes them so."""
    moving: Mapping[str, str] = field(default_factory=dict)
    """Named values that change with every run: the path that makes them so."""
    used: set[str] = field(default_factory=set)

    def plus(
        self,
        names: Mapping[str, Shape],
        *,
        late: Mapping[str, str] | None = None,
        moving: Mapping[str, str] | None = None,
    ) -> Scope:
        """Return the scope with further names."""
        return replace(
            self,
            names={**self.names, **names},
            absent={name: why for name, why in self.absent.items() if name not in names},
            late={**self.late, **(late or {})},
            moving={**self.moving, **(moving or {})},
        )


@frozen
class Use:
    """What the place of an expression asks of it."""

    known: str = ""
    """The word whose value must be known before anything is written (`when`, `key`, ...)."""
    stable: str = ""
    """The word whose value must not change with every run (`set`)."""
    only: frozenset[str] | None = None
    """The only names that are allowed."""
    only_word: str = ""


PLAIN = Use()
