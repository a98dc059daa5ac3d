"""What each effect of a fault does to a request, from the work that is done or not to the bytes that leave."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from typing import Protocol

from flask import Response

from rules_run.sandbox.faults import Effect, Fault
from rules_run.sandbox.system import Answer, AnswerWithheld, ConnectionDropped, ConnectionRefused

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
PIECES = 20
_GATEWAY = "<!doctype html>\n<html><head><title>{0}</title></head>\n<body><h1>{0}</h1></body></html>\n"


class Scene(Protocol):
    """One request, and what an effect may do about it."""

    id_field: str

    def work(self, *, lost: bool = False, status: int | None = None) -> Answer:
        """Do what was asked and write it down, as answered with another status or not at all."""

    def skip(self, status: int | None = None) -> None:
        """Write down that nothing was done."""

    def work_later(self, seconds: float, status: int | None = None) -> None:
        """Do what was asked when the time has passed, whatever was answered before."""

    def again(self) -> Answer | None:
        """Return the answer before, of the same resource and verb."""

    def happen(self, fault: Fault) -> None:
        """Let somebody else give and take records."""

    def pause(self, seconds: float) -> None:
        """Let time pass."""

    def words(self, status: int) -> object:
        """Return what the system itself says with a status."""


def play(scene: Scene, fault: Fault | None) -> Response:
    """Answer a request as a fault other than a delay says, or truly; raises the signals of a lost answer."""
    return respond(scene.work()) if fault is None else _EFFECTS[fault.effect](scene, fault)


def respond(answer: Answer) -> Response:
    """Return the answer as it leaves."""
    content = answer.body if isinstance(answer.body, bytes) else to_json(answer.body)
    kind = HTML_TYPE if isinstance(answer.body, bytes) else JSON_TYPE
    return Response(content, answer.status, {"Content-Type": kind, **answer.headers})


def to_json(body: object) -> bytes:
    """Return the JSON of a body; amounts are numbers, as the systems write them."""
    return json.dumps(body, default=_plain, ensure_ascii=False).encode()


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def _refuse(scene: Scene, fault: Fault) -> Response:
    scene.skip()
    raise ConnectionRefused(fault.seconds)


def _reset_before(scene: Scene, fault: Fault) -> Response:
    scene.skip()
    raise ConnectionDropped


def _reset_after(scene: Scene, fault: Fault) -> Response:
    scene.work(lost=True)
    raise ConnectionDropped


def _timeout_before(scene: Scene, fault: Fault) -> Response:
    scene.skip()
    raise AnswerWithheld


def _timeout_after(scene: Scene, fault: Fault) -> Response:
    scene.work(lost=True)
    raise AnswerWithheld


def _late(scene: Scene, fault: Fault) -> Response:
    scene.work_later(fault.seconds)
    raise AnswerWithheld


def _answer(scene: Scene, fault: Fault) -> Response:
    scene.skip(fault.status)
    return respond(_stated(scene, fault))


def _answer_after(scene: Scene, fault: Fault) -> Response:
    scene.work(status=fault.status)
    return respond(_stated(scene, fault))


def _answer_before(scene: Scene, fault: Fault) -> Response:
    scene.work_later(fault.seconds, fault.status)
    return respond(_stated(scene, fault))


def _stated(scene: Scene, fault: Fault) -> Answer:
    """Return the answer that a fault states; without a body, what the system or a gateway says with such a status."""
    body = fault.body if fault.body is not None else scene.words(fault.status)
    if body is None and fault.status >= HTTPStatus.BAD_REQUEST:
        body = _page(fault.status)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Answer(status=fault.status, body=body, headers=headers)


def _page(status: int) -> bytes:
    known = {each.value: each.phrase for each in HTTPStatus}
    return _GATEWAY.format(f"{status} {known.get(status, '')}".strip()).encode()


def _cut(scene: Scene, fault: Fault) -> Response:
    whole = respond(scene.work())
    content = whole.get_data()

    def half() -> Iterator[bytes]:
        yield content[: len(content) // 2]
        raise ConnectionDropped

    return Response(half(), whole.status, {"Content-Type": JSON_TYPE, "Content-Length": str(len(content))})


def _empty(scene: Scene, fault: Fault) -> Response:
    return Response(b"", scene.work().status, {"Content-Type": JSON_TYPE})


def _html(scene: Scene, fault: Fault) -> Response:
    return respond(replace(scene.work(), body=_page(200)))


def _trickle(scene: Scene, fault: Fault) -> Response:
    whole = respond(scene.work())
    content = whole.get_data()
    size = max(1, -(-len(content) // PIECES))

    def slowly() -> Iterator[bytes]:
        for start in range(0, len(content), size):
            scene.pause(fault.seconds / PIECES)
            yield content[start : start + size]

    return Response(slowly(), whole.status, {"Content-Type": JSON_TYPE, "Content-Length": str(len(content))})


def _drift(scene: Scene, fault: Fault) -> Response:
    answer = scene.work()
    body = json.loads(to_json(answer.body))
    for record in _records(body, scene.id_field) or ([body] if isinstance(body, dict) else []):
        for old, new in fault.rename.items():
            if old in record:
                record[new] = record.pop(old)
        for name in fault.drop:
            record.pop(name, None)
        record.update(fault.set)
    return respond(replace(answer, body=body))


def _records(node: object, id_field: str) -> list[dict[str, object]]:
    """Return the objects of a body that have the id of a record."""
    if isinstance(node, list):
        return [found for each in node for found in _records(each, id_field)]
    if not isinstance(node, dict):
        return []
    below = _records(list(node.values()), id_field)
    return [node, *below] if id_field in node else below


def _meanwhile(scene: Scene, fault: Fault) -> Response:
    answer = scene.work()
    scene.happen(fault)
    return respond(answer)


def _repeat(scene: Scene, fault: Fault) -> Response:
    before = scene.again()
    if before is None:
        return respond(scene.work())
    scene.skip(before.status)
    return respond(before)


_EFFECTS: dict[Effect, Callable[[Scene, Fault], Response]] = {
    "refuse": _refuse,
    "reset_before_commit": _reset_before,
    "reset_after_commit": _reset_after,
    "timeout_before_commit": _timeout_before,
    "timeout_after_commit": _timeout_after,
    "late_commit": _late,
    "answer": _answer,
    "answer_after_commit": _answer_after,
    "answer_before_commit": _answer_before,
    "cut_body": _cut,
    "empty_body": _empty,
    "html_body": _html,
    "trickle": _trickle,
    "drift": _drift,
    "meanwhile": _meanwhile,
    "repeat": _repeat,
}
