"""The documents of one rule: the first ones stay in memory, the others go to the disk when they have been planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from rules_run.errors import Hold
from rules_run.ledger.states import State
from rules_run.mapping.difference import digest
from rules_run.model.plan import Action, Planned
from rules_run.runtime.doubles import Places
from rules_run.runtime.intended import Document
from rules_run.runtime.packing import Packed, Packer
from rules_run.runtime.scratch import Scratch
from rules_run.runtime.spool import Spool, frozen, thawed, together

_SETTLED = frozenset({Action.NOTHING, Action.SKIP, None})
Tell = Callable[[Document], Planned]
Keep = Callable[[Document], bool]
"""Says which documents are needed again after they have been planned."""


def everything(document: Document) -> bool:
    """Keep every document: somebody asks for one of them by its key."""
    return True


def nothing(document: Document) -> bool:
    """Keep no document: they are only told of."""
    return False


def unfinished(document: Document) -> bool:
    """Keep the documents for which something is left to write, here or in the ledger."""
    if document.action not in {Action.NOTHING, Action.SKIP} or document.found_anew or document.unknown:
        return True
    applied = document.state is not None and document.state.state is State.APPLIED
    return document.alive and (applied or any(each.action not in _SETTLED for each in document.follow))


class Shelf(Mapping[str, Document]):
    """Documents by key, in the order in which they were found.

    A shelf that is read at random, by rules that refer to its rule, keeps all of them in memory (`whole`). Of what is
    on the disk, only what `keep` says comes back as a document; the others are what `tell` made of them.
    """

    def __init__(self, scratch: Scratch, packer: Packer, *, tell: Tell, keep: Keep, whole: bool) -> None:
        self._scratch, self._packer, self._tell, self._keep = scratch, packer, tell, keep
        self.whole, self.places = whole, Places(scratch)
        self._near: dict[str, Document] = {}
        self._told: Spool[Planned] = Spool(scratch, near=False)
        self._kept: Spool[Packed] = Spool(scratch, near=False)
        self._count = self._list = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return (document.key for page in self.pages() for document in page)

    def __contains__(self, key: object) -> bool:
        return key in self._near or bool(self._numbers([str(key)]))

    def __getitem__(self, key: str) -> Document:
        if (near := self._near.get(key)) is not None:
            return near
        if self._numbers([key]):
            for packed in self._kept:
                if (document := self._packer.unpack(packed)).key == key:
                    return document
        raise KeyError(key)

    def documents(self) -> Iterator[Document]:
        """Yield the documents in their order, of those on the disk what was kept."""
        for page in self.pages():
            yield from page

    @property
    def far(self) -> bool:
        """Say whether documents are on the disk that are needed again."""
        return len(self._kept) > 0

    def near(self) -> Iterable[Document]:
        """Return the documents in memory."""
        return self._near.values()

    def add(self, documents: Iterable[Document]) -> list[Document]:
        """Take documents, and return them but for those whose key is taken: the one that has it is then held."""
        given = list(documents)
        far = self._numbers([document.key for document in given]) if self._list else {}
        taken: list[Document] = []
        for document in given:
            first = self._near.get(document.key)
            if first is None and document.key not in far:
                document.number, self._count = self._count, self._count + 1
                self._near[document.key] = document
                taken.append(document)
                continue
            number = first.number if first is not None else far[document.key]
            name = document.rule.rule.name
            self.end(number, Hold(f"two records of {name} have the key {document.key}", code="M052"), first)
        return taken

    def add_nameless(self, documents: Iterable[Document]) -> None:
        """Take documents that have no key: they are only told of."""
        for document in documents:
            document.number, self._count = self._count, self._count + 1
            self._near[f"\n{document.number}"] = document

    def end(self, number: int, fault: Hold, near: Document | None = None) -> None:
        """End a document that was planned already."""
        near = near or next((each for each in self._near.values() if each.number == number), None)
        if near is not None:
            near.end(fault)
            near.follow = []
        else:
            self._list = self._list or self._scratch.new_list()
            row = (self._list, number, frozen(fault))
            self._scratch.put("INSERT OR REPLACE INTO ended VALUES (?, ?, ?)", [row])

    def settle(self) -> None:
        """Put away what is more than may stay in memory, now that it has been planned."""
        surplus = [] if self.whole else list(islice(self._near.items(), self._scratch.at_once, None))
        if not surplus:
            return
        self._list = self._list or self._scratch.new_list()
        documents = [document for _, document in surplus]
        self._told.extend(self._tell(document) for document in documents)
        self._kept.extend(self._packer.pack(document) for document in documents if self._keep(document))
        keys = ((self._list, document.key, document.number) for document in documents if document.key)
        self._scratch.put("INSERT INTO key VALUES (?, ?, ?)", keys)
        self.places.put_away(documents)
        for name, _ in surplus:
            del self._near[name]

    def pages(self) -> Iterator[list[Document]]:
        """Yield the documents in lists; one from the disk is put away again when the next list is asked for."""
        if self._near:
            yield list(self._near.values())
        for page in together(self._kept.pages(), self._scratch.at_once):
            documents = [self._packer.unpack(packed) for packed in page]
            ended = self._ended(documents[0].number, documents[-1].number)
            for document in documents:
                if document.number in ended:
                    document.end(ended[document.number])
                    document.follow = []
            self.places.take_back(documents)
            yield documents
            self.places.put_away(documents)

    def told_near(self) -> Iterator[Planned]:
        """Yield what is to be told of the documents in memory."""
        return map(self._tell, self._near.values())

    def told_far(self) -> Iterator[Planned]:
        """Yield what was told of the others, which come after those in memory."""
        number = len(self._near)
        for page in self._told.pages():
            ended = self._ended(number, number + len(page) - 1)
            for told in page:
                yield _ended(told, ended[number]) if number in ended else told
                number += 1

    def _numbers(self, keys: Sequence[str]) -> dict[str, int]:
        query = "SELECT key, number FROM key WHERE list = ? AND key IN ({})"
        return dict(self._scratch.among(query, self._list, keys)) if self._list else {}

    def _ended(self, first: int, last: int) -> dict[int, Hold]:
        if not self._list:
            return {}
        query = "SELECT number, fault FROM ended WHERE list = ? AND number BETWEEN ? AND ?"
        return {number: thawed(fault) for number, fault in self._scratch.rows(query, (self._list, first, last))}


def _ended(told: Planned, fault: Hold) -> Planned:
    """Return what is told of a document that was planned, and then ended."""
    return replace(
        told,
        action=Action.HOLD,
        changes=(),
        follow=(),
        amount=None,
        add_row=None,
        problem=fault.problem(),
        cause=str(fault),
        digest=digest([told.digest, fault.code]),
    )
