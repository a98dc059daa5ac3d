"""Which addresses are used, whoever names them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rules_run.connect.addresses import AddressRules, check_header, check_peer, check_url
from rules_run.errors import ConnectorUnusable

CASES = yaml.safe_load(Path(__file__).with_name("addresses.yaml").read_text(encoding="utf-8"))
RULES = AddressRules(hosts=(".autotask.net", "erp.example:8443"))


@pytest.mark.parametrize("url", CASES["accepted"])
def test_an_address_of_the_system_is_used(url):
    assert check_url(url, RULES) == url


@pytest.mark.parametrize("url", ["", *CASES["refused"], *CASES["elsewhere"]])
def test_any_other_address_is_refused(url):
    with pytest.raises(ConnectorUnusable, match="is not used"):
        check_url(url, RULES)


def test_plain_http_goes_to_loopback_and_elsewhere_only_when_allowed():
    assert check_url("http://127.0.0.1:8080/", AddressRules(hosts=("127.0.0.1:8080",)))
    with pytest.raises(ConnectorUnusable, match="only https"):
        check_url("http://erp.example/", AddressRules(hosts=("erp.example",)))
    assert check_url("http://erp.example/", AddressRules(hosts=("erp.example",), allow_http=True))


def test_a_number_in_place_of_a_name_needs_permission():
    with pytest.raises(ConnectorUnusable, match="allow_private"):
        check_url("https://10.0.0.5/", AddressRules(hosts=("10.0.0.5",)))
    assert check_url("https://10.0.0.5/", AddressRules(hosts=("10.0.0.5",), allow_private=True))


@pytest.mark.parametrize("peer", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "fe80::1%eth0", "::1", "192.168.0.1"])
def test_a_public_name_that_leads_into_a_private_network_is_refused(peer):
    with pytest.raises(ConnectorUnusable, match="private network"):
        check_peer(peer, "erp.example", RULES)
    check_peer(peer, "erp.example", AddressRules(hosts=(), allow_private=True))


def test_the_refusal_shows_no_password():
    with pytest.raises(ConnectorUnusable) as refused:
        check_url("https://user:swordfish@erp.example/?token=swordfish", RULES)
    assert "swordfish" not in str(refused.value)


@pytest.mark.parametrize("code", [each for each in range(0x300) if not 0x20 <= each <= 0x7E])
def test_nothing_but_visible_ascii_and_blanks_stands_in_a_header_and_the_refusal_does_not_show_it(code):
    with pytest.raises(ConnectorUnusable, match="header Secret holds characters") as refused:
        check_header("Secret", f"sword{chr(code)}fish")
    assert "sword" not in str(refused.value)


def test_every_visible_sign_may_stand_in_a_header():
    value = "".join(map(chr, range(0x20, 0x7F)))
    assert check_header("Secret", value) == value
