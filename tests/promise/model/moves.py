"""What can happen next: every step that a worker, the network, the source, a person or an accident can take."""

from __future__ import annotations

from collections.abc import Iterator

from rules_run.ledger.states import State
from rules_run.model.exchange import Safety

from .moment import FREE, At, Moment, Rules, Worker

Next = tuple[str, Moment]

Q, R, H, S, U, A, D, P, C = (
    State.QUEUED,
    State.RETRY,
    State.HELD,
    State.SENDING,
    State.UNKNOWN,
    State.APPLIED,
    State.DONE,
    State.PARKED,
    State.CANCELLED,
)
WAITING = (Q, R, H)
UNDER_WAY = (S, U)
DEDUPLICATED = (Safety.KEY, Safety.UNIQUE)


def nexts(now: Moment, rules: Rules) -> Iterator[Next]:
    """Yield everything that can happen next."""
    yield from _world(now, rules)
    yield from _source(now, rules)
    yield from _person(now)
    for number in (0, 1):
        if now.workers[number].at is not At.IDLE and now.crashes:
            yield "dies", _with(now, number, FREE)._replace(crashes=now.crashes - 1)
        yield from WORKER[now.workers[number].at](now, rules, number)


def _with(now: Moment, number: int, worker: Worker) -> Moment:
    pair = (worker, now.workers[1]) if number == 0 else (now.workers[0], worker)
    return now._replace(workers=pair)


def _goes(now: Moment, number: int, at: At, **changes: object) -> Moment:
    """Return the moment in which a worker has gone on, with what it changed."""
    worker = FREE if at is At.IDLE else Worker(at, now.workers[number].holds)
    return _with(now, number, worker)._replace(**changes)


def _takes(now: Moment, number: int, at: At, **changes: object) -> Moment:
    """Return the moment in which a worker has taken the document into its hand, out of everybody else's."""
    other = now.workers[1 - number]
    taken = _with(now, number, Worker(at, True))
    return _with(taken, 1 - number, other._replace(holds=False))._replace(**changes)


def _decided(now: Moment) -> Moment:
    """Return the moment after a person's decision, which takes the document out of every hand."""
    first, second = (worker._replace(holds=False) for worker in now.workers)
    return now._replace(workers=(first, second), deeds=now.deeds - 1)


def _commits(now: Moment, rules: Rules, **changes: object) -> Moment:
    """Return the moment in which the target has carried a request out: a change of a known record makes nothing new."""
    repeated = rules.safety in DEDUPLICATED and now.made and not (rules.key_from_ledger and now.doubted)
    if now.known or repeated:
        return now._replace(**changes)
    return now._replace(made=now.made + 1, hidden=rules.lag, **changes)


def _world(now: Moment, rules: Rules) -> Iterator[Next]:
    waited = sum(worker.at is At.WAITING for worker in now.workers)
    if now.wire > waited:
        yield "a request arrives late", _commits(now, rules, wire=now.wire - 1)
        yield "a request is lost", now._replace(wire=now.wire - 1)
    if now.hidden:
        yield "the index catches up", now._replace(hidden=False)
    idle = all(worker.at is At.IDLE for worker in now.workers)
    if now.losses and now.doc is not None and idle:
        lost = now._replace(losses=now.losses - 1, doc=None, back=False, resume=None, known=False, negative=False)
        yield "the ledger is lost", lost._replace(doubted=True, pages=max(1, now.pages))
    if rules.adopts and now.doc is None and not now.made and now.pages > 1:
        yield "somebody makes it by hand", now._replace(made=1, pages=now.pages - 1)


def _source(now: Moment, rules: Rules) -> Iterator[Next]:
    """Yield what a page of the source, as the rules read it now, makes of the document."""
    if not now.pages or rules.field_is_ledger:
        return
    read = now._replace(pages=now.pages - 1)
    if now.doc in (None, R, H) or (now.doc is D and now.known):
        yield "read", read._replace(doc=Q)
    if now.doc in (None, *WAITING, D):
        yield "read, and cannot be mapped", read._replace(doc=H)
    if now.doc is A:
        yield "read, and what follows cannot be mapped", read._replace(doc=A)
    if rules.adopts and now.doc in (None, *WAITING) and now.made == 1 and not now.hidden and not now.wire:
        yield "found by its match", read._replace(doc=A, known=True)
        yield "found by its match, complete", read._replace(doc=D, known=True, returned=True)
    if now.doc in WAITING and not now.known:
        yield "its records have gone into another document", read._replace(doc=C)
    if now.doc is D:
        yield "changed afterwards", read._replace(doc=D)
    if now.doc in (A, D, H) and now.returned and now.known:
        yield "the number is cleared in the source", read._replace(returned=False)


def _person(now: Moment) -> Iterator[Next]:
    if not now.deeds:
        return
    done = _decided(now)
    if now.doc in (*WAITING, P) and not (now.doc is P and now.back):
        yield "given up", done._replace(doc=C)
    if now.doc is D:
        yield "the mark is taken off", done._replace(doc=D)
    if now.doc is not P or now.wire:
        return
    if now.back:
        yield "the write-back is there", done._replace(doc=_after_back(now.resume), returned=True, back=False)
        yield "the write-back is not there", done._replace(doc=now.resume, back=False)
    elif now.made == 1:
        yield "it is there", done._replace(doc=A, known=True)
    elif not now.made:
        yield "it is not there", done._replace(doc=R, negative=False, doubted=False)


def _after_back(resume: State | None) -> State | None:
    return D if resume is A else resume


def _idle(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    """Yield what a worker that is free can take up."""
    if rules.lease and not rules.late and now.workers[1 - number].at is not At.IDLE:
        return
    if rules.field_is_ledger:
        if not now.returned:
            yield "takes what has no number", _takes(now, number, At.CLAIMED, doc=Q)
        return
    if now.doc in (Q, R):
        yield "claims", _takes(now, number, At.CLAIMED)
    elif now.doc is S:
        yield "takes over", _takes(now, number, At.LOOKING, doc=U)
    elif now.doc is U:
        looking = _with(now, number, Worker(At.LOOKING, True))
        yield "takes up a lost answer", looking
    elif now.doc in (A, D, H) and now.known:
        yield from _written(now, rules, number)


def _written(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    """Yield what is left to do for a document that stands in the target."""
    if not now.returned:
        yield "claims for the write-back", _takes(now, number, At.BACK)
    elif now.doc is A:
        yield "nothing is left to write", now._replace(doc=D)
    if now.doc is A and rules.many_steps:
        yield "claims for a further step", _takes(now, number, At.CLAIMED)


def _claimed(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    worker = now.workers[number]
    if (rules.fence and not worker.holds) or (now.doc not in (Q, R, A) and rules.fence):
        yield "finds it taken", _goes(now, number, At.IDLE)
        return
    if rules.pages > 1:
        yield "cannot say it to the target", _goes(now, number, At.IDLE, doc=H)
    if not now.known and rules.prior:
        yield from _prior(now, rules, number)
        if now.doubted and rules.told and (now.wire or not _sure(rules)):
            return
        if now.made and not now.hidden and rules.honest and rules.safety is not Safety.NOTHING:
            return
    if now.doc is A and now.deeds:
        yield "a further step is in doubt", _goes(now, number, At.IDLE, doc=P)
    if now.attempts:
        booked = {"doc": S, "back": False, "negative": False} if rules.intent and not rules.field_is_ledger else {}
        yield "books the attempt", _goes(now, number, At.INTENDED, attempts=now.attempts - 1, **booked)


def _sure(rules: Rules) -> bool:
    """Say whether a search for the document can be trusted to find it."""
    return rules.safety is not Safety.NOTHING


def _prior(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    """Yield what asking the target before a creation comes to."""
    if rules.safety is Safety.NOTHING:
        if now.doubted and rules.told:
            yield "may have been sent before", _goes(now, number, At.IDLE, doc=P)
        return
    if now.doubted and rules.told and now.wire:
        yield "waits for what may still arrive", _goes(now, number, At.IDLE)
    elif now.made == 1 and not now.hidden:
        yield "finds it there", _goes(now, number, At.IDLE, doc=A, known=True)
        if now.returned:
            yield "finds it there, complete", _goes(now, number, At.IDLE, doc=D, known=True)
    elif now.deeds:
        yield "finds another's record", _goes(now, number, At.IDLE, doc=P)


def _intended(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    if rules.guard and not now.workers[number].holds:
        yield "is held back by the guard", _goes(now, number, At.IDLE)
        return
    copies = 2 if rules.gateway else 1
    yield "sends", _goes(now, number, At.WAITING, wire=now.wire + copies)
    yield "cannot connect, or is too late", _goes(now, number, At.UNSENT)


def _waiting(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    arrived = now.wire - 1
    if rules.safety is Safety.UNIQUE and now.made and not now.known:
        yield "is told that it is there already", _goes(now, number, At.CONFLICT, wire=arrived)
    else:
        yield "is told that it was made", _goes(_commits(now, rules, wire=arrived), number, At.MADE)
    yield "is refused", _goes(now, number, At.REFUSED, wire=arrived)
    yield "hears nothing, it was lost", _goes(now, number, At.LOST, wire=arrived)
    yield "hears nothing, it was made", _goes(_commits(now, rules, wire=arrived), number, At.LOST)
    if rules.late:
        yield "hears nothing, it is still under way", _goes(now, number, At.LOST)


def _ours(now: Moment, rules: Rules, number: int) -> bool:
    """Say whether a worker may decide about the attempt that it came from."""
    held = now.workers[number].holds or not rules.fence
    return held and (now.doc in UNDER_WAY or not rules.intent or rules.field_is_ledger or not rules.fence)


def _unsent(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    yield "books that nothing was sent", _decision(now, rules, number, R)


def _refused(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    yield "books the refusal", _decision(now, rules, number, H)
    yield "books that it is to be tried again", _decision(now, rules, number, R)


def _decision(now: Moment, rules: Rules, number: int, state: State) -> Moment:
    if not _ours(now, rules, number) or (not rules.fence and now.doc not in (*UNDER_WAY, Q, R)):
        return _goes(now, number, At.IDLE)
    return _goes(now, number, At.IDLE, doc=Q if rules.field_is_ledger else state)


def _made(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    """Yield how the fact that it was made is written down, by whoever knows it."""
    if rules.field_is_ledger:
        yield "writes the number back", _goes(now, number, At.IDLE, returned=True)
        return
    if rules.back_first and not now.returned:
        yield "writes the number back first", _goes(now, number, At.MADE, returned=True)
        return
    late = now.doc not in UNDER_WAY or now.back
    if late and (now.known or now.doc not in (Q, R, H, P, A)):
        yield "remarks a late answer", _goes(now, number, At.IDLE)
        return
    yield "books that it was made", _goes(now, number, At.IDLE, doc=A, known=True, back=False)
    if now.returned and not late:
        yield "books that all is done", _goes(now, number, At.IDLE, doc=D, known=True, back=False)


def _conflict(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    if now.made == 1 and not now.hidden:
        yield "looks, and finds it", _goes(now, number, At.MADE)
    elif now.made > 1 and _ours(now, rules, number):
        yield "looks, and finds several", _goes(now, number, At.IDLE, doc=P)
    yield "looks in vain", _goes(now, number, At.LOST)


def _lost(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    if rules.unknown == "again" and now.attempts:
        yield "repeats the request", _goes(now, number, At.INTENDED, attempts=now.attempts - 1)
    elif rules.unknown == "failed":
        yield "books a failure", _decision(now, rules, number, R)
    elif now.doc is S and _ours(now, rules, number) and not rules.field_is_ledger:
        yield "books that nobody knows", _goes(now, number, At.IDLE, doc=U)
        yield "finds another's record at once", _goes(now, number, At.IDLE, doc=P)
    else:
        yield "leaves it", _goes(now, number, At.IDLE)


def _looking(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    if not _ours(now, rules, number) or now.doc is not U:
        yield "leaves it", _goes(now, number, At.IDLE)
        return
    if now.back:
        yield from _looking_back(now, number)
        return
    if rules.at_once and rules.safety in DEDUPLICATED:
        yield "sends again under the same key", _goes(now, number, At.IDLE, doc=R)
        return
    if rules.settle and now.wire:
        yield "waits", _goes(now, number, At.IDLE)
        return
    if rules.safety is Safety.NOTHING:
        yield "asks a person", _goes(now, number, At.IDLE, doc=P)
        return
    yield "cannot find out in a day", _goes(now, number, At.IDLE, doc=P)
    if now.known:
        yield "finds its change", _goes(now, number, At.IDLE, doc=D if now.returned else A)
        yield "finds another's change", _goes(now, number, At.IDLE, doc=H)
    elif now.made == 1 and not now.hidden:
        yield "finds it", _goes(now, number, At.IDLE, doc=A, known=True)
    elif now.made > 1 and not now.hidden:
        yield "finds several", _goes(now, number, At.IDLE, doc=P)
    if now.known or not now.made or now.hidden or not rules.honest:
        yield from _absent(now, rules, number)


def _absent(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    """Yield what a search in vain comes to: the second one comes after the longest that an index may lag."""
    if rules.twice and not now.negative:
        yield "does not find it", _goes(now, number, At.IDLE, negative=True)
    elif not (rules.twice and now.hidden):
        state = R if now.attempts else H
        yield "is certain that it is absent", _goes(now, number, At.IDLE, doc=state, negative=False)


def _looking_back(now: Moment, number: int) -> Iterator[Next]:
    if now.returned:
        yield "finds it written back", _goes(now, number, At.IDLE, doc=_after_back(now.resume), back=False)
    else:
        yield "finds it not written back", _goes(now, number, At.IDLE, doc=now.resume, back=False)
    yield "cannot find out in a day", _goes(now, number, At.IDLE, doc=P)


def _back(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    if (rules.fence and not now.workers[number].holds) or now.doc not in (A, D, H):
        yield "finds it taken", _goes(now, number, At.IDLE)
        return
    if now.deeds:
        yield "the write-back is in doubt", _goes(now, number, At.IDLE, doc=P, back=True, resume=now.doc)
    yield "cannot say the write-back", _goes(now, number, At.IDLE)
    yield "books the write-back", _goes(now, number, At.BACK_SENDING, doc=S, back=True, resume=now.doc)


def _back_sending(now: Moment, rules: Rules, number: int) -> Iterator[Next]:
    if rules.guard and not now.workers[number].holds:
        yield "is held back by the guard", _goes(now, number, At.IDLE)
        return
    ours = now.workers[number].holds and now.doc is S and now.back
    if not ours:
        yield "writes back what another one has taken over", _goes(now, number, At.IDLE, returned=True)
        return
    written = _goes(now, number, At.IDLE, returned=True)
    yield "writes back", written._replace(doc=_after_back(now.resume), back=False)
    yield "hears nothing of the write-back, which was made", written._replace(doc=U)
    yield "hears nothing of the write-back", _goes(now, number, At.IDLE, doc=U)
    yield "is refused the write-back", _goes(now, number, At.IDLE, doc=now.resume, back=False)


WORKER = {
    At.IDLE: _idle,
    At.CLAIMED: _claimed,
    At.INTENDED: _intended,
    At.WAITING: _waiting,
    At.UNSENT: _unsent,
    At.MADE: _made,
    At.REFUSED: _refused,
    At.CONFLICT: _conflict,
    At.LOST: _lost,
    At.LOOKING: _looking,
    At.BACK: _back,
    At.BACK_SENDING: _back_sending,
}
