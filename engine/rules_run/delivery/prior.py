"""What has to be known before a creation: the target is asked first where the ledger may not know all that was sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

from rules_run.connect.contract import Connector
from rules_run.delivery.looking import CannotTell, Doubtful, Finding, Looker, NotMade, TooEarly
from rules_run.delivery.orders import StepOrder
from rules_run.delivery.wording import unsure
from rules_run.errors import ConnectorUnusable
from rules_run.failpoints import failpoint
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.records import DocState
from rules_run.model.clock import Clock
from rules_run.model.exchange import Record


class Prior:
    """Asks before money is created, and before anything is created by a ledger that was restored or rebuilt."""

    def __init__(self, *, ledger: Ledger, looker: Looker, clock: Clock, zone: tzinfo, names: Mapping[str, str]) -> None:
        self._history, self._looker, self._clock = ledger.history, looker, clock
        self._zone, self._names = zone, names

    @cached_property
    def _since(self) -> datetime | None:
        return self._history.doubted_since()

    def look(self, connector: Connector, doc: DocState, step: StepOrder, expected: Record) -> Finding | None:
        """Return what stands in the way of a creation, None when it may be sent."""
        doubted = self._doubted(doc, step)
        if doubted is not None:
            return self._look_in_doubt(connector, doc, step, expected, doubted)
        if step.money and step.kind == "create" and step.search and not step.looked:
            finding = self._search(connector, doc, step, expected)
            return None if isinstance(finding, NotMade) else finding
        return None

    def _doubted(self, doc: DocState, step: StepOrder) -> datetime | None:
        """Return since when the ledger may lack this creation, unless it was made certain that it was not sent."""
        since = self._since
        if since is None or step.write.verb != "create" or step.origin is not None:
            return None
        return None if self._history.vouched(doc.id, since) else since

    def _look_in_doubt(
        self, connector: Connector, doc: DocState, step: StepOrder, expected: Record, since: datetime
    ) -> Finding | None:
        end = since + timedelta(seconds=connector.timing.deadline + connector.timing.settle)
        if self._clock.now() < end:
            at = end.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
            return TooEarly(text=f"The ledger was brought back a moment ago: nothing is created before {at}.")
        finding = self._search(connector, doc, step, expected) if step.search else NotMade(sure=False)
        if isinstance(finding, NotMade):
            system = self._names.get(step.alias, step.alias)
            return None if finding.sure else Doubtful(code="D009", text=unsure(doc, step, system))
        return finding

    def _search(self, connector: Connector, doc: DocState, step: StepOrder, expected: Record) -> Finding:
        failpoint("before-probe")
        try:
            finding = self._looker.search(connector, doc, step, expected)
        except ConnectorUnusable as error:
            finding = CannotTell(text=str(error))
        failpoint("after-probe")
        return finding
