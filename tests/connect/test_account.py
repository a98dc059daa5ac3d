"""Settings and secrets of a tenant's account."""

from __future__ import annotations

import pickle

import pytest

from rules_run.bundled import bundled
from rules_run.connect.account import open_account
from rules_run.connect.manifest_file import load_manifest
from rules_run.errors import ConnectorUnusable
from rules_run.model.secret import Secret

MANIFEST = load_manifest(bundled("connectors") / "autotask", check=False)
GOOD = {"user": {"env": "AT_USER"}, "secret": {"env": "AT_SECRET"}, "integration_code": {"file": "code.txt"}}
ENVIRON = {"AT_USER": "api@nordlys.example", "AT_SECRET": "swordfish"}


def account(tmp_path, settings, environ=ENVIRON):
    (tmp_path / "code.txt").write_text("CODE27\n", encoding="utf-8")
    return open_account(MANIFEST, "psa", settings, folder=tmp_path, environ=environ)


def test_references_are_followed_and_nothing_shows_what_they_hold(tmp_path):
    opened = account(tmp_path, {"type": "autotask", **GOOD})
    assert [opened.text(name) for name in GOOD] == ["api@nordlys.example", "swordfish", "CODE27"]
    assert "swordfish" not in repr(opened)
    assert "swordfish" not in f"{opened.values['secret']}"
    assert opened.values["secret"] == Secret("swordfish") != Secret("other")
    with pytest.raises(TypeError, match="never stored"):
        pickle.dumps(opened.values["secret"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"secret": "swordfish"}, "`secret` is a secret and is given by reference only"),
        ({"secret": {"env": "AT_OTHER"}}, "environment variable AT_OTHER, which is not set"),
        ({"secret": {"file": "none.txt"}}, "file none.txt, which cannot be read"),
        ({"secret": {"vault": "x"}}, "reference of an unknown kind"),
        ({"secret": None}, "needs the setting `secret`"),
        ({"integrationcode": "x"}, "Did you mean `integration_code`?"),
        ({"allow_http": "yes"}, "`allow_http` must be true or false"),
        ({"deadline": "soon"}, "`deadline` must be a number of seconds"),
        ({"url": True}, "`url` must be a text"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_shows(tmp_path, change, says):
    with pytest.raises(ConnectorUnusable) as wrong:
        account(tmp_path, {**GOOD, **change})
    assert says in str(wrong.value)
    assert "swordfish" not in str(wrong.value)


def test_a_tenant_may_change_the_times_of_the_write_protocol(tmp_path):
    timing = account(tmp_path, {**GOOD, "settle": 1, "negative_gap": 1}).timing
    assert (timing.deadline, timing.settle, timing.negative_gap) == (60, 1, 1)
