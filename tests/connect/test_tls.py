"""Encrypted connections: the certificate is always checked."""

from __future__ import annotations

import shutil
import ssl
import subprocess

import pytest

from rules_run.connect.addresses import AddressRules
from rules_run.connect.network import HttpTransport
from rules_run.connect.registry import open_connector
from rules_run.connect.transport import Outgoing, TransportFault
from rules_run.errors import ConnectorUnusable
from rules_run.model.secret import Secret

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="the openssl program, which makes a certificate, is not here"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for the name localhost only."""
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["-keyout", "key.pem", "-out", "cert.pem"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *made]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(serve, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    def behave(link):
        with context.wrap_socket(link.sock, server_side=True) as link.sock:
            while link.receive():
                link.reply(b"{}")

    return serve(behave)


def send(url, ca, at=lambda boundary: None, times=1):
    transport = HttpTransport(rules=AddressRules(hosts=(url.split("/")[2],)), ca=ca)
    try:
        for _ in range(times):
            answer = transport.exchange(Outgoing(method="POST", url=url, body=b"{}", deadline=5, fresh=times == 1), at)
        return answer
    finally:
        transport.close()


def test_a_certificate_of_the_given_authority_is_trusted(secure, certificate):
    passed = []
    answer = send(f"https://localhost:{secure.port}/", str(certificate / "cert.pem"), passed.append)
    assert answer.body == b"{}"
    assert passed[:3] == ["connecting", "connected", "headers-leaving"]


def test_pooled_connections_work_too(secure, certificate):
    assert send(f"https://localhost:{secure.port}/", str(certificate / "cert.pem"), times=3).status == 200
    assert secure.connections == 1


def test_an_unknown_authority_is_refused_and_nothing_was_sent(secure):
    with pytest.raises(TransportFault, match="cannot be trusted") as fault:
        send(f"https://localhost:{secure.port}/", None)
    assert not fault.value.left
    assert secure.seen == []


def test_a_certificate_for_another_name_is_refused_and_nothing_was_sent(secure, certificate):
    with pytest.raises(TransportFault, match="cannot be trusted") as fault:
        send(f"https://127.0.0.1:{secure.port}/", str(certificate / "cert.pem"))
    assert not fault.value.left
    assert secure.seen == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_variable_of_the_environment_makes_an_authority_trusted(secure, certificate, monkeypatch, variable):
    monkeypatch.setenv(variable, str(certificate / "cert.pem"))
    with pytest.raises(TransportFault, match="cannot be trusted"):
        send(f"https://localhost:{secure.port}/", None)
    assert secure.seen == []


def test_no_setting_of_a_tenant_switches_the_check_off(tmp_path):
    login = {"user": "me", "secret": Secret("s"), "integration_code": Secret("c")}
    for name in ("verify", "insecure", "tls", "ssl_verify", "check_certificate"):
        with pytest.raises(ConnectorUnusable, match=f"no setting `{name}`"):
            open_connector("autotask", "psa", {**login, name: False}, tmp_path)


def test_an_authority_whose_file_is_not_there_is_told_before_anything_is_sent(tmp_path):
    login = {"user": "me", "secret": Secret("s"), "integration_code": Secret("c")}
    with pytest.raises(ConnectorUnusable, match=r"`ca` names the file none\.pem, which is not there"):
        open_connector("autotask", "psa", {**login, "ca": "none.pem"}, tmp_path)
