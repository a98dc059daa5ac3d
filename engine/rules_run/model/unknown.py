"""A value that only the target system will know: ids and server-made fields of documents not yet written."""

from __future__ import annotations

from rules_run.model.frozen import frozen


@frozen(kw_only=False)
class Unknown:
    """Stands in for a value that is known after apply; `label` says which one."""

    label: str

    def __str__(self) -> str:
        return f"{self.label} (known after apply)"
