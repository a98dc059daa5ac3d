"""What Autotask needs beyond its manifest: quantities that are reached by adjustments."""

from __future__ import annotations

from collections.abc import Mapping

from rules_run.connect.contract import Connector, VirtualResource

from .quantities import ServiceQuantities


def virtual_resources(connector: Connector) -> Mapping[str, VirtualResource]:
    """Return the virtual resources by name."""
    return {"ServiceQuantities": ServiceQuantities(connector)}
