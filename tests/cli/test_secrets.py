"""No secret reaches a file or the terminal, in any form, whatever is done and whatever goes wrong."""

from __future__ import annotations

import base64
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urljoin
from uuid import uuid4

import psycopg
import pytest
import requests

from rules_run.connect.registry import load_sandbox, open_catalogue, open_connector
from rules_run.connect.wsgi import WsgiTransport
from rules_run.model.exchange import Query
from rules_run.sandbox import serve
from rules_run.sandbox.faults import Effect, Fault

from ..postgres import address
from .canaries import assert_clean, forms, hits
from .desk import DATE, INTEGRATION, REPORT, SECRETS, Desk, Ran, command, whole

FAULTS: tuple[tuple[str, Effect], ...] = (
    ("Contracts", "reset_after_commit"),
    ("ContractCharges", "reset_before_commit"),
    ("Services", "answer"),
)
TENANT = "tenants/testcompany.yaml"
STRANGER = {"AWS_SECRET_ACCESS_KEY": "CANARYofanotherprogram+/5Q=="}
"""A secret of somebody else that stands in the same environment."""
WHY = ("--by", "marie", "--why", "to see")
OTHERS = (
    ("validate", "--output-format", "json"),
    ("validate", "--output-format", "sarif"),
    ("test", INTEGRATION, "-k", "an owner of a single name", "-v", "--output-format", "junit"),
    ("doctor",),
    ("connectors",),
    ("connectors", "refresh", "psa", "--resource", "Contracts"),
    ("connectors", "show", "autotask", "Contracts"),
    ("graph", INTEGRATION),
    ("queue", "list", "--output-format", "json"),
    ("queue", "reprocess", "1", *WHY),
    ("ledger", "status"),
    ("ledger", "backup", "BACKUP"),
    ("ledger", "restore", "BACKUP", *WHY),
    ("plan", "--date", DATE, "--output-format", "markdown", "-v"),
    ("apply", "--date", DATE, "--check-targets"),
    ("ledger", "trust", *WHY),
)


@pytest.fixture
def watched(small: Desk) -> Desk:
    """A desk beside which other secrets stand in the environment."""
    small.environment |= STRANGER
    return small


def test_no_secret_stands_in_any_output_or_file(watched: Desk, tmp_path: Path) -> None:
    small = watched
    small.edit("tables/accounts.csv", "0048213,yes,174,create\n", "")
    said = [small.plan("--out", str(small.folder / "plan.json"), "-v"), small.apply()]
    (small.folder / "tables" / "accounts.csv").write_text("account,export,company,contract\n0048213,yes,174,create\n")
    said += [small.plan("--output-format", "json"), small.apply("--plan", str(small.folder / "plan.json"))]
    for resource, effect in FAULTS:
        body = {"errors": ["No."]} if effect == "answer" else None
        small.app.faults.add(Fault(effect=effect, resource=resource, verb="create", body=body))
    said += [small.apply(), small.apply(), small.apply("--check-targets"), small.run("validate")]
    small.edit(REPORT, ",5,5.50,7.99,", ",6,5.50,7.99,")
    said += [small.plan(), small.apply()]
    for number in range(1, 9):
        said.append(small.run("queue", "show", str(number)))
    key = re.findall(rf"{INTEGRATION}/charge (\S+)", small.run("queue", "list").out)[0]
    said.append(small.run("explain", INTEGRATION, "charge", key, "-v", "--date", DATE))
    backup = str(small.folder / "backup.db")
    said += [small.run(*(backup if word == "BACKUP" else word for word in words)) for words in OTHERS]
    small.environment["AUTOTASK_INTEGRATION_CODE"] = ""
    said.append(small.apply())
    small.environment["AUTOTASK_INTEGRATION_CODE"] = SECRETS["AUTOTASK_SECRET"]
    said.append(small.apply())
    assert [each.said for each in said if "Traceback" in each.said or "no such option" in each.said.lower()] == []
    assert {".db", ".json", ".lineage"} <= {path.suffix for path in small.folder.rglob("*")}
    assert_clean(tmp_path, [each.said for each in said], SECRETS | STRANGER)


@pytest.mark.parametrize("place", ["after-intent", "send-body-left:3", "outcome-commit", "before-intent"])
def test_no_secret_stands_in_what_a_killed_run_leaves(watched: Desk, tmp_path: Path, place: str) -> None:
    process = watched.spawn("apply", "--date", DATE, failpoint=place)
    out, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert (watched.folder / ".rules-run" / "testcompany.db-wal").stat().st_size
    assert_clean(tmp_path, [out, err], SECRETS | STRANGER)


ECHOES = {
    "plain": lambda secret: secret,
    "for an address": lambda secret: quote(secret, safe=""),
    "in small codes": lambda secret: quote(secret, safe="").replace("%2B", "%2b").replace("%2F", "%2f"),
    "in base64, alone": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in base64, after a name": lambda secret: base64.b64encode(f"api@x:{secret}".encode()).decode(),
    "in hex": lambda secret: secret.encode().hex(),
}


@pytest.mark.parametrize("verb", ["create", "read", "describe"])
@pytest.mark.parametrize("form", ECHOES)
def test_a_system_that_repeats_what_it_was_shown_is_quoted_without_it(
    watched: Desk, tmp_path: Path, form: str, verb: str
) -> None:
    repeated = " and ".join(map(ECHOES[form], SECRETS.values()))
    body = {"errors": [f"The credentials {repeated} may not do that."]}
    resource = "ZoneInformation" if verb == "describe" else "Services"
    watched.app.order(
        Fault.from_json({"effect": "answer", "resource": resource, "verb": verb, "status": 500, "body": body})
    )
    ran = watched.apply()
    assert "The credentials " in ran.said
    assert "may not do that" in ran.said
    assert "***" in ran.said
    shown = [watched.run("queue", "show", str(number)).said for number in range(1, 8)] if verb == "create" else []
    assert_clean(tmp_path, [ran.said, *shown], SECRETS | STRANGER)


def test_a_log_in_that_cannot_be_sent_is_refused_without_being_shown(watched: Desk, tmp_path: Path) -> None:
    secrets = {"AUTOTASK_SECRET": "CANARYsword\nfish: yes", "AUTOTASK_INTEGRATION_CODE": "CANARYnaïve\x7fcode"}
    watched.environment |= secrets
    ran = watched.apply()
    assert ran.code == 7
    assert "characters that no header may hold" in ran.said
    assert_clean(tmp_path, [ran.said], {name: text[:11] for name, text in secrets.items()})


def test_a_secret_in_a_file_stays_there(watched: Desk, tmp_path: Path) -> None:
    secret = watched.folder / "secret.txt"
    secret.write_text(SECRETS["AUTOTASK_SECRET"] + "\n")
    watched.edit(TENANT, "{env: AUTOTASK_SECRET}", "{file: secret.txt}")
    said = [watched.run("validate"), watched.run("doctor"), watched.plan(), watched.apply()]
    assert said[-1].code == 0
    assert_clean(tmp_path, [each.said for each in said], SECRETS | STRANGER, but=[secret])


def test_a_secret_that_stands_in_the_tenant_file_is_refused_without_being_shown(watched: Desk) -> None:
    watched.edit(TENANT, "{env: AUTOTASK_SECRET}", "'canary~Secret+77/yes'")
    for ran in (watched.run("validate"), watched.plan(), watched.apply(), watched.run("doctor")):
        assert ran.code == 1
        assert "is a secret" in ran.said
        assert hits(ran.said.encode(), SECRETS) == []


def test_a_fault_in_a_connectors_code_shows_no_secret(watched: Desk, tmp_path: Path) -> None:
    folder = watched.folder / "connectors" / "own"
    folder.mkdir(parents=True)
    (folder / "manifest.yaml").write_text(
        "connector: own\nkind: code\ntitle: Own\nsettings:\n  key: {secret: true, required: true, description: Key.}\n"
    )
    (folder / "hooks.py").write_text(
        "from rules_run.connect.account import Account\n\n\n"
        "def create_connector(account, catalogue):\n    key = account.text('key')\n    raise RuntimeError(account)\n"
    )
    own = "connectors:\n  own: {type: own, allow_hooks: true, key: {env: AUTOTASK_SECRET}}\n"
    watched.edit(TENANT, "connectors:\n", own)
    process = watched.spawn("doctor")
    out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert_clean(tmp_path, [out, err], SECRETS | STRANGER)


@contextmanager
def database(password: str) -> Iterator[str]:
    """Give the address of a database of its own whose only user has this password."""
    server, name = address(), f"canary_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        connection.execute(f"CREATE DATABASE {name} OWNER {name}")
        host, port = connection.info.host, connection.info.port
        try:
            yield f"postgresql://{name}:{quote(password, safe='')}@{host}:{port}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            connection.execute(f"DROP ROLE {name}")


PASSWORD = "canary:Pass/word@5%+z"
BROKEN_ADDRESSES = (
    f"postgresql://me:{PASSWORD}@127.0.0.1/ledger",
    f"postgresql://me:{PASSWORD}@127.0.0.1:port/ledger",
    f"postgresql://me:{quote(PASSWORD, safe='')}@127.0.0.1:99999/ledger",
    f"postgresql://me:{quote(PASSWORD, safe='')}@127.0.0.1:1/ledger",
    f"postgresql://me@127.0.0.1:1/ledger?password={quote(PASSWORD, safe='')}",
    f"postgresql://me@127.0.0.1:1/ledger?passwort={quote(PASSWORD, safe='')}",
    f"mysql://me:{quote(PASSWORD, safe='')}@127.0.0.1/ledger",
    f"me:{PASSWORD}@127.0.0.1/ledger",
    f"postgresql://me:pass@{PASSWORD}@127.0.0.1:1/ledger",
    f"postgresql://me:pass@{PASSWORD}/@127.0.0.1:1/ledger",
    f"postgresql://{PASSWORD}",
)


def with_ledger(desk: Desk, url: str) -> None:
    desk.edit(TENANT, "language: 1\n", "language: 1\nledger: {env: TESTCOMPANY_LEDGER}\n")
    desk.environment["TESTCOMPANY_LEDGER"] = url


def assert_without_password(folder: Path, said: list[Ran]) -> None:
    # A password that was not written for an address comes in pieces.
    pieces = {part: part for part in ("canary:Pass", "word@5", "canary%3APass", PASSWORD)}
    assert_clean(folder, [each.said for each in said], pieces)


@pytest.mark.parametrize("url", BROKEN_ADDRESSES)
def test_an_address_of_a_ledger_that_cannot_be_used_is_told_without_its_password(
    watched: Desk, tmp_path: Path, url: str
) -> None:
    with_ledger(watched, url)
    said = [watched.plan(), watched.apply(), watched.run("doctor"), watched.run("ledger", "status")]
    assert_without_password(tmp_path, said)
    assert [each.code for each in said[:2]] == [7, 7]
    assert "Traceback" not in said[1].said


def test_the_password_of_a_ledger_is_never_told(watched: Desk, tmp_path: Path) -> None:
    with database(PASSWORD) as url:
        with_ledger(watched, url)
        said = [watched.plan(), watched.apply(), watched.run("doctor"), watched.run("ledger", "status")]
        said += [watched.run("ledger", "backup", str(tmp_path / "backup.db")), watched.run("queue", "show", "1")]
        assert said[1].code == 0, said[1].said
        watched.environment["TESTCOMPANY_LEDGER"] = url.replace("z@", "y@")
        said.append(watched.apply())
    assert_without_password(tmp_path, said)


def test_a_token_and_the_secret_it_is_had_for_are_never_told(tmp_path: Path) -> None:
    secrets = {"client_secret": "canary~Client+77/yes", "token": "sandbox-token-1"}
    app = load_sandbox("intermedia")(
        {"clients": {"me": secrets["client_secret"]}, "records": {}}, open_catalogue("intermedia", None)
    )
    given = {"client_id": "me", "client_secret": {"file": "secret.txt"}, "url": "http://127.0.0.1/"}
    (tmp_path / "secret.txt").write_text(secrets["client_secret"])
    connector = open_connector("intermedia", "cloud", given, tmp_path, WsgiTransport(app))
    told = " and ".join(secrets.values())
    app.order(
        Fault.from_json(
            {"effect": "answer", "resource": "Transactions", "verb": "read", "status": 403, "body": {"error": told}}
        )
    )
    with pytest.raises(Exception, match=r"\*\*\* and \*\*\*") as fault:
        list(connector.read(Query(resource="Items")))
    assert hits(f"{fault.value} {fault.value!r} {connector!r} {vars(connector)}".encode(), secrets) == []


def test_no_page_of_a_stand_in_shows_a_log_in(small: Desk) -> None:
    small.apply()
    with serve(small.app) as serving:
        seen, ahead = {}, ["/", "/_sandbox/history", "/_sandbox/faults", "/_sandbox/records/Companies"]
        while ahead and len(seen) < 80:
            path = ahead.pop(0)
            seen[path] = requests.get(serving.url + path, headers={"Accept": "text/html"}, timeout=10)
            links = re.findall(r'href="([^"#?]+)', seen[path].text)
            ahead += [link for each in links if (link := urljoin(path, each)) not in {*seen, *ahead} and link[0] == "/"]
    assert len(seen) > 20
    for path, answer in seen.items():
        assert hits(answer.content + str(answer.headers).encode(), SECRETS) == [], path


def test_what_a_run_keeps_is_for_its_owner_alone_whatever_the_machine_allows(small: Desk) -> None:
    before = set(small.folder.rglob("*"))
    plan, backup = str(small.folder / "plan.json"), str(small.folder / "backup.db")
    for words in (["apply", "--date", DATE], ["plan", "--out", plan, "--date", DATE], ["ledger", "backup", backup]):
        ran = subprocess.run(
            command(small.folder, *words), env=whole(small.environment), umask=0, timeout=60, check=False
        )
        assert ran.returncode == 0
    made = [path for path in small.folder.rglob("*") if path not in before and path.suffix != ".lineage"]
    assert len(made) > 4
    assert {path: oct(stat.S_IMODE(path.stat().st_mode)) for path in made if path.stat().st_mode & 0o077} == {}


def test_the_search_for_secrets_finds_them() -> None:
    for name, secret in SECRETS.items():
        written = {secret, *(echo(secret) for echo in ECHOES.values()), f"x{secret}y".encode().hex()}
        assert [text for text in written if hits(f"header {text}".encode(), {name: secret}) != [name]] == []
    assert len(set(forms("canary~Secret+77/yes"))) > 12
