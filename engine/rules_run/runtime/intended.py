"""One intended target object while a run works on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rules_run.errors import Hold, ValueFault
from rules_run.ledger.records import Claim, DocState
from rules_run.ledger.states import State
from rules_run.mapping.compiled import CompiledFurther, CompiledRule, CompiledTarget, Definition
from rules_run.mapping.point import Scope
from rules_run.mapping.tables import MissingRow, Skip
from rules_run.model.exchange import Record, VirtualPlan
from rules_run.model.plan import Action, Change
from rules_run.model.problem import Problem


@dataclass(slots=True, kw_only=True)
class Holder:
    """A scope in which names are being resolved; a fault ends it without touching the others."""

    scope: Scope
    action: Action | None = None
    problem: Problem | None = None
    further_problems: list[Problem] = field(default_factory=list)
    cause: str = ""
    missing: MissingRow | None = None
    """The row of a mapping table that has to be added first."""
    candidate: str = ""
    """What the missing row may have to answer: the id of the one record that is equal otherwise."""
    leans_on: tuple[Document, ...] = ()
    """The documents of other rules that it refers to."""
    root: str = ""
    """Which failure of which other document ended this one."""

    @property
    def alive(self) -> bool:
        """Say whether the work on this one goes on."""
        return self.action not in {Action.SKIP, Action.HOLD, Action.FAIL}

    def end(self, fault: ValueFault | Skip) -> None:
        """Take a fault: a skip, a hold (it may free itself) or a failure."""
        if isinstance(fault, Skip):
            self.action, self.cause = Action.SKIP, str(fault)
            self.problem = Problem(code="M060", message=str(fault))
            return
        self.action = Action.HOLD if isinstance(fault, Hold) else Action.FAIL
        self.problem, self.cause = fault.problem(), str(fault)
        self.missing = fault if isinstance(fault, MissingRow) else None

    @property
    def add_row(self) -> tuple[str, str] | None:
        """Return the file and the line to add."""
        return (self.missing.file, self.missing.row(self.candidate)) if self.missing else None

    def share(self, other: Holder, what: str, *, failing: bool = False) -> None:
        """End this one because another that it refers to has ended; `failing` where it fails with the other."""
        message = f"{what}: {other.problem.message if other.problem else other.cause}"
        stays = other.action is Action.SKIP or (failing and other.action is Action.FAIL)
        self.action = other.action if stays else Action.HOLD
        self.problem = Problem(code="M061", message=message)
        self.cause, self.missing, self.candidate = other.cause, other.missing, other.candidate
        self.root = other.root or f"{what} {other.problem.code if other.problem else ''}"

    def take(self, member: Holder) -> None:
        """Take over what became of a member of one of its lists."""
        self.leans_on += member.leans_on
        if not member.alive and self.alive:
            self.action, self.problem = member.action, member.problem
            self.cause, self.missing, self.root = member.cause, member.missing, member.root


@dataclass(slots=True, kw_only=True)
class Intended(Holder):
    """A document or a further write: what is to be written, where, and what stands there."""

    target: CompiledTarget
    definitions: Mapping[str, Definition]
    resource: str = ""
    target_id: str | None = None
    current: Record | None = None
    marker: tuple[str, str] | None = None
    values: Record = field(default_factory=dict)
    desired: Record = field(default_factory=dict)
    match_values: Record = field(default_factory=dict)
    by_marker: bool = False
    looked: bool = False
    """Its marker was asked for in this run, and nothing was there."""
    changes: tuple[Change, ...] = ()
    virtual: VirtualPlan | None = None
    warnings: list[Problem] = field(default_factory=list)
    unknown: bool = False
    closed: set[str] = field(default_factory=set)
    """Targets that are not meant any more: closed for change, or gone."""
    linked: bool = False
    """The target is known by a link that another rule made."""

    def judge(self, notes: Sequence[Problem]) -> None:
        """Take what checks say: the first that failed it ends it, else the first that holds it."""
        self.warnings.extend(note for note in notes if note.level == "warning")
        failed = [note for note in notes if note.level == "error"]
        if failed and self.alive:
            worst = next((note for note in failed if note.code == "M020"), failed[0])
            self.action = Action.FAIL if worst.code == "M020" else Action.HOLD
            self.problem, self.cause = worst, worst.message

    @property
    def alias(self) -> str:
        """Return the alias of the connector that is written to."""
        return self.resource.partition(".")[0]

    @property
    def name(self) -> str:
        """Return the resource's own name."""
        return self.resource.partition(".")[2]


def next_part(part: str) -> str:
    """Return the name of the part after this one: the first has none, the second is 2."""
    return str(int(part or "1") + 1)


@dataclass(slots=True, kw_only=True)
class FollowUp(Intended):
    """A further write of a document, by name."""

    further: CompiledFurther


@dataclass(slots=True, kw_only=True)
class Document(Intended):
    """A document of a rule."""

    rule: CompiledRule
    base: Scope
    source: object = None
    key: str = ""
    state: DocState | None = None
    digest: str = ""
    follow: list[FollowUp] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)
    """The further writes that were sent in this run, by name, with their targets."""
    record: Record | None = None
    """The target record as far as this run knows it: read, written, or planned with unknown parts."""
    read: bool = False
    """`record` was read from the target in this run."""
    part: str = ""
    """Which of the documents of one key: the first, or a later one after that was closed."""
    claim: Claim | None = None
    doubted: str | None = None
    """The target that the ledger knows, and `again` does not trust."""
    asked_again: bool = False
    """`again` holds: what the target refused is sent once more."""
    inactive: str = ""
    """Why the rule writes nothing, when it is switched off."""
    number: int = 0
    """How many documents of its rule came before it."""
    places: tuple[str, ...] = ()
    """What its target is known by, as far as other documents may mean the same."""

    @property
    def written(self) -> bool:
        """Say whether the target has it, whatever is left of what follows."""
        return self.state is not None and (
            self.state.state in {State.APPLIED, State.DONE} or self.state.target_id is not None
        )

    @property
    def found_anew(self) -> bool:
        """Say whether another target was found than the one that the ledger knows."""
        return self.doubted is not None and self.target_id not in (None, self.doubted)

    def restart(self) -> None:
        """Forget what was computed, so that the document is planned again with what is known now."""
        self.scope = dict(self.base)
        self.action = self.problem = self.current = self.virtual = None
        self.target_id = self.state.target_id if self.state else self.target_id if self.linked else None
        self.changes, self.values, self.desired, self.match_values = (), {}, {}, {}
        self.warnings, self.follow, self.further_problems = [], [], []
        self.by_marker = self.looked = self.unknown = self.read = False
        self.record, self.missing, self.doubted, self.asked_again = None, None, None, False
        self.cause = self.candidate = self.root = ""
        self.leans_on = ()
