"""An integration with everything that people wrote about it, ready to run."""

from __future__ import annotations

from collections.abc import Mapping

from rules_run.mapping.spots import Mark
from rules_run.model.frozen import frozen
from rules_run.model.rules import Assignment, Integration, Table, Tenant


@frozen
class Ready:
    """An integration with its tables and settings for one tenant, checked and ready to run."""

    tenant: Tenant
    integration: Integration
    tables: Mapping[str, Table]
    settings: Mapping[str, object]
    assignment: Assignment
    reached: set[Mark] | None = None
    """Takes what the rules come to, where somebody wants to know."""
