"""The nouns of the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rules_run.ledger.states import State, Word, word
from rules_run.model.exchange import Outcome, Safety


@dataclass(frozen=True, slots=True, kw_only=True)
class DocKey:
    """The identity of a document, never its content; `rule_id` is `integration/rule`, `part` a generation or split."""

    tenant: str
    rule_id: str
    source_system: str
    entity: str
    source_id: str
    part: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str, str, str]:
        """Return the six texts in the order of the ledger."""
        return (self.tenant, self.rule_id, self.source_system, self.entity, self.source_id, self.part)


def marker_for(key: DocKey) -> str:
    """Return the text that finds the document in the target, the same from every ledger and every installation."""
    digest = hashlib.sha256(json.dumps(key.identity).encode()).hexdigest()
    return f"MK-{digest[:16].upper()}"


def sought_by(key: DocKey, target_id: str = "", target_ref: str = "") -> str:
    """Return the text in which a piece of a document's name is searched, cut where PostgreSQL's indexes end."""
    return " ".join((marker_for(key), key.source_id, target_id, target_ref)).lower()[:400]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """What a document was made from: equal digests mean that nothing is to be done."""

    plan: str = ""
    source: str = ""
    rule: str = ""
    rule_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What the queue shows of a document: what came in, what it became, and the message that belongs to it."""

    source: object = None
    transformed: object = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A cross-reference; `reverse`: the documents of the rule come from its far side."""

    name: str
    reverse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Source records that a document spends, once and for the whole integration."""

    integration: str
    resource: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a rule has read its source; `digest` is that of the rules that read it, `overlap` counts seconds."""

    rule_id: str
    value: str
    digest: str
    overlap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedDocument:
    """A document that is to be sent."""

    key: DocKey
    digests: Digests = field(default_factory=Digests)
    payload: Payload = field(default_factory=Payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDocument(QueuedDocument):
    """A document that cannot be sent until somebody or a later run supplies something."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedDocument(QueuedDocument):
    """A document that stands in the target; `complete` unless write-backs are left, `claim` is what it spends."""

    target_id: str
    target_ref: str = ""
    complete: bool = True
    link: Link | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocState:
    """How a document stands in the ledger."""

    id: int
    key: DocKey
    marker: str
    state: State
    epoch: int
    due: datetime | None
    digests: Digests
    target_id: str | None
    target_ref: str
    hold_code: str
    hold_text: str
    started_without_outcome: int

    @property
    def word(self) -> Word:
        """Return what people read for the state."""
        return word(self.state, self.hold_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A document that waits, with what it was made from."""

    doc: DocState
    payload: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class StepIntent:
    """One write of a document as the ledger keeps it; `memo` is what settles it after the process died.

    A `main` step makes or changes the document itself; any other is a write-back and leaves the document as it stood.
    """

    kind: str
    main: bool
    last: bool
    safety: Safety
    marker: str = ""
    link: Link | None = None
    claim: Claim | None = None
    memo: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step as it stands; a write-back returns its document to `resume`, settling keeps its notes in `watch`."""

    id: int
    doc_id: int
    n: int
    intent: StepIntent
    state: State
    target_id: str | None
    resume: State
    watch: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a step: the row that is durable before the first byte leaves."""

    id: str
    step_id: int
    no: int
    epoch: int
    run_id: str
    request_digest: str
    idem_key: str | None
    intent_wall: datetime
    intent_boottime: float
    boot_id: str
    start_by: datetime
    give_up_at: datetime
    outcome: Outcome | None = None
    resolved_by: str | None = None
    http_status: int | None = None
    target_id: str | None = None

    @property
    def open(self) -> bool:
        """Say whether nobody knows yet what the attempt came to."""
        return self.outcome in (None, Outcome.UNKNOWN)

    @property
    def surely_without_effect(self) -> bool:
        """Say whether the target itself, or the lack of a single byte sent, proves that the attempt made nothing."""
        return self.outcome in (Outcome.NOT_SENT, Outcome.REJECTED) and self.resolved_by == "response"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttempt:
    """An attempt with the step and the document it belongs to."""

    doc: DocState
    step: Step
    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of a document: who moved it from where to where, and why."""

    at: datetime
    who: str
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocDetail:
    """Everything the ledger knows about one document."""

    doc: DocState
    payload: Payload
    steps: tuple[Step, ...]
    attempts: tuple[Attempt, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Documents, newest first; `next` is what asks for the page after it."""

    documents: tuple[DocState, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a step came to: `applied` is a fact that anyone may write, all else a decision of the present holder.

    `due` is when it may be tried or looked at again; `watch_until` keeps an eye on a write that was ruled absent;
    `final` lets the last step finish its document at once.
    """

    state: State
    outcome: Outcome
    resolved_by: str | None = "response"
    code: str = ""
    text: str = ""
    status: int | None = None
    target_id: str | None = None
    target_ref: str = ""
    due: datetime | None = None
    watch_until: datetime | None = None
    final: bool = True
