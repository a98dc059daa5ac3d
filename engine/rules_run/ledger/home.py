"""Where the ledger of a tenant is kept, and how it is opened, locked, saved and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rules_run import durable
from rules_run.errors import LedgerUnusable, NotPossible
from rules_run.ledger import place, tables
from rules_run.ledger.history import What
from rules_run.ledger.ledger import Ledger
from rules_run.ledger.lock import RunLock
from rules_run.ledger.sqlite import FileStore, copy
from rules_run.ledger.store import Store
from rules_run.model.clock import Clock
from rules_run.model.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A file with its lock beside it, or a PostgreSQL database (`url`), for which the files beside are still used."""

    tenant: str
    file: Path
    lineage_file: Path
    url: Secret | None = None

    @property
    def name(self) -> str:
        """Return what people call the place."""
        if self.url is None:
            return str(self.file)
        from rules_run.ledger.postgres import shown

        return shown(self.url)

    def open(self, clock: Clock, *, read_only: bool = False) -> Ledger:
        """Open the ledger, making it at its first use unless it is only read."""
        if self.url is None:
            return Ledger.open(
                self.file, tenant=self.tenant, lineage_file=self.lineage_file, clock=clock, read_only=read_only
            )
        return Ledger.connect(
            self.url,
            self._sidecar,
            tenant=self.tenant,
            lineage_file=self.lineage_file,
            clock=clock,
            read_only=read_only,
        )

    def lock(self, clock: Clock) -> AbstractContextManager[object]:
        """Return the run lock."""
        if self.url is None:
            return RunLock(self.file, clock)
        from rules_run.ledger.postgres import PostgresLock

        return PostgresLock(self.url, self.tenant)

    def upgrade(self, clock: Clock, *, who: str) -> tuple[int, int]:
        """Bring the schema up, a file copied first; return the version before and after."""
        with self._store() as store:
            before = store.version()
            if before is None:
                raise NotPossible(f"There is no ledger at {self.name} yet; the first apply sets it up.")
            if before >= tables.SCHEMA_VERSION:
                store.lineage()  # refuses what a newer version wrote
                return before, before
            if self.url is None:
                copy(self.file, self.file.with_name(f"{self.file.name}.before-{before}"))
            store.upgrade()
        with self._writing(clock) as ledger:
            ledger.history.write(What.UPGRADED, who=who, why=f"from schema {before} to {tables.SCHEMA_VERSION}")
        return before, tables.SCHEMA_VERSION

    def backup(self, target: Path) -> None:
        """Copy the ledger into a new file, while others may write."""
        if self.url is not None:
            raise NotPossible(
                f"{self.name} is saved by PostgreSQL's own program: pg_dump --format=custom --file={target} ADDRESS"
            )
        if not self.file.exists():
            raise NotPossible(f"There is no ledger at {self.file}.")
        if target.exists():
            raise NotPossible(f"{target} is there already; a backup never replaces one.")
        copy(self.file, target)

    def restore(self, backup: Path | None, clock: Clock, *, who: str, why: str) -> Path | None:
        """Put a backup in the place of the ledger; from then on the target is asked before every creation.

        What was there, if it can still be read, is kept in the file that is returned. In PostgreSQL the database was
        brought back by its own programs; here that is only written down.
        """
        if self.url is not None:
            with self._writing(clock) as ledger:
                ledger.history.write(What.RESTORED, who=who, why=why)
            return None
        if backup is None or not backup.is_file():
            raise NotPossible(f"There is no backup {backup or ''}: name the file that `ledger backup` wrote.")
        place.refuse_network(self.file, place.MOUNTS)
        draft = self.file.with_name(f"{self.file.name}.restoring")
        durable.remove(draft)
        copy(backup, draft)
        try:
            self._prepare(draft, clock, who=who, why=why)
            kept = self._put_aside(clock)
            copy(draft, self.file)
        finally:
            for suffix in ("", "-wal", "-shm"):
                durable.remove(draft.with_name(draft.name + suffix))
        Ledger.open(self.file, tenant=self.tenant, lineage_file=self.lineage_file, clock=clock).close()
        return kept

    @contextmanager
    def rebuilding(self, clock: Clock, *, who: str, why: str) -> Iterator[Ledger]:
        """Give an empty ledger to collect in what stands in the targets; when the block ends it is the tenant's ledger.

        Interrupted, it is refused until it is done again; a ledger that knows documents of the tenant is never touched.
        """
        if self.url is None and not self.file.exists():
            place.refuse_network(self.file, place.MOUNTS)
            place.create(self.file)
        with self._store() as store:
            lineage = store.lineage() or store.set_up()
            ledger = Ledger(store, tenant=self.tenant, clock=clock, lineage=lineage)
            if not ledger.empty() and not self._half_rebuilt(ledger):
                raise NotPossible(
                    f"The ledger {self.name} knows documents of this tenant. Only if it is the wrong one, move it away "
                    "and rebuild again."
                )
            ledger.history.write(What.REBUILDING, who=who, why=why)
            yield ledger
            ledger.history.write(What.REBUILT, who=who, why=why)
            place.write_lineage(self.lineage_file, lineage)

    def _half_rebuilt(self, ledger: Ledger) -> bool:
        """Say whether a rebuilding was interrupted: before it was over, or before the lineage file named the ledger."""
        deeds = ledger.history.deeds()
        last = deeds[-1].what if deeds else None
        unnamed = place.read_lineage(self.lineage_file) != ledger.lineage
        return last is What.REBUILDING or (last is What.REBUILT and unnamed)

    @property
    def _sidecar(self) -> Path:
        return self.file.with_name(f"{self.file.stem}.outcomes.jsonl")

    @contextmanager
    def _store(self) -> Iterator[Store]:
        store: Store
        if self.url is None:
            if not self.file.exists():
                raise NotPossible(f"There is no ledger at {self.file}.")
            store = FileStore(self.file)
        else:
            from rules_run.ledger.postgres import PostgresStore

            store = PostgresStore(self.url)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def _writing(self, clock: Clock) -> Iterator[Ledger]:
        ledger = self.open(clock)
        try:
            yield ledger
        finally:
            ledger.close()

    def _prepare(self, draft: Path, clock: Clock, *, who: str, why: str) -> None:
        """Bring a copy of the backup up to date, and write into it that it was restored."""
        store = FileStore(draft)
        try:
            version = store.version()
            if version is None:
                raise NotPossible("The backup is empty.")
            if version < tables.SCHEMA_VERSION:
                store.upgrade()
            lineage, expected = store.lineage(), place.read_lineage(self.lineage_file)
            if expected not in (None, lineage):
                raise NotPossible(
                    f"The backup is of another ledger (lineage {lineage}) than {self.lineage_file} names ({expected})."
                )
            store.check()
            ledger = Ledger(store, tenant=self.tenant, clock=clock, lineage=str(lineage))
            ledger.history.write(What.RESTORED, who=who, why=why)
        finally:
            store.close()

    def _put_aside(self, clock: Clock) -> Path | None:
        """Keep what stands at the place of the ledger, where it is still a database."""
        if not self.file.exists():
            return None
        aside = self.file.with_name(f"{self.file.name}.before-{clock.now():%Y%m%dT%H%M%S}")
        try:
            copy(self.file, aside)
        except LedgerUnusable:
            durable.remove(aside)
            raise NotPossible(f"{self.file} is no database: move it away, then restore again.") from None
        return aside
