"""Where the files of a ledger lie, and what must be true of them before they are trusted."""

from __future__ import annotations

import os
from pathlib import Path

from rules_run import durable
from rules_run.errors import LedgerUnusable

MOUNTS = Path("/proc/self/mounts")
_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs"}
    | {"fuse.cephfs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"}
)


def file_system(path: Path, mounts: str) -> str:
    """Return the type of the file system that holds the path, by the text of the mount table; empty when unknown."""
    best, kind = "", ""
    for line in mounts.splitlines():
        words = line.split(" ")
        if len(words) < 3:
            continue
        point = words[1].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, words[2]
    return kind


def refuse_network(path: Path, mounts: Path) -> None:
    """Refuse a ledger on a network file system: locks and write order cannot be relied on there."""
    kind = file_system(path.resolve(), mounts.read_text(encoding="utf-8")) if mounts.exists() else ""
    if kind in _NETWORK:
        raise LedgerUnusable(
            f"The ledger {path} lies on a network file system ({kind}), where neither locks nor the order of "
            "writes hold. Put it on a local disk, or use a PostgreSQL ledger."
        )


def create(path: Path) -> None:
    """Create an empty database file that nobody else can read, in a folder that nobody else can enter."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        durable.sync_folder(path.parent.parent)  # the folder itself: what is in it SQLite makes durable
    except OSError as error:
        raise LedgerUnusable(f"The ledger {path} cannot be created: {error.strerror}.") from error


def identity(path: Path) -> tuple[int, int]:
    """Return what names the file itself, whatever its path; zeros when there is none."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


def read_lineage(path: Path) -> str | None:
    """Return the lineage that the file beside the rules names, or None without a file."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerUnusable(f"The lineage file {path} cannot be read: {error.strerror}.") from error


def write_lineage(path: Path, lineage: str) -> None:
    """Write the lineage file so that it is there whole or not at all, also after a power cut."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.put(path, f"{lineage}\n".encode(), mode=0o666)
        durable.sync_folder(path.parent)
    except OSError as error:
        raise LedgerUnusable(f"The lineage file {path} cannot be written: {error.strerror}.") from error
