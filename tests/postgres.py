"""A PostgreSQL server for tests: each ledger in a schema of its own that is dropped at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from uuid import uuid4

import psycopg
import pytest

from rules_run.model.secret import Secret

VARIABLE = "RULES_RUN_TEST_POSTGRES"
ADDRESSES = ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql:///postgres?host=/var/run/postgresql")


@cache
def address() -> str:
    """Return the address of a server that answers; skip the test, saying why, where there is none."""
    why = []
    for each in (os.environ[VARIABLE],) if os.environ.get(VARIABLE) else ADDRESSES:
        try:
            psycopg.connect(each, connect_timeout=3).close()
        except psycopg.OperationalError as error:
            why.append(str(error).strip().splitlines()[0])
        else:
            return each
    pytest.skip(f"no PostgreSQL answers ({'; '.join(why)}); {VARIABLE} names one")


@contextmanager
def own_schema() -> Iterator[Secret]:
    """Give the address of an empty schema."""
    server, schema = address(), f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        try:
            yield within(server, schema)
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


def within(server: str, schema: str) -> Secret:
    """Return the address of a schema on a server."""
    return Secret(f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}")
