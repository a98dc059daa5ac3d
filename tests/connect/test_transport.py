"""What the transport says about every way in which a request can go wrong."""

from __future__ import annotations

import queue
import threading

import pytest

from rules_run.connect.addresses import AddressRules, origin_of
from rules_run.connect.contract import StaleSend
from rules_run.connect.network import HttpTransport
from rules_run.connect.transport import Outgoing, TransportFault


def nothing(boundary):
    return None


def send(url, *, at=nothing, deadline=5.0, fresh=True, body=b'{"name": "x"}', byte_cap=20_000_000, hosts=None):
    transport = HttpTransport(rules=AddressRules(hosts=hosts or (origin_of(url),)), byte_cap=byte_cap)
    try:
        return transport.exchange(
            Outgoing(method="POST", url=url, body=body, deadline=deadline, fresh=fresh, headers={"Secret": "s"}), at
        )
    finally:
        transport.close()


def cut_body(link):
    link.receive()
    link.sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"itemId": 1')


def cut_chunk(link):
    link.receive()
    link.sock.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"itemId"')


def reset_before_body(link):
    link.sock.recv(10)
    link.reset()


def reset_after_request(link):
    link.receive()
    link.reset()


def close_without_answer(link):
    link.receive()


def no_http(link):
    link.receive()
    link.sock.sendall(b"hello\r\n\r\n")


def packed(link):
    link.receive()
    link.reply(b"\x1f\x8b\x08\x00", Content_Encoding="gzip")


@pytest.mark.parametrize(
    "behave",
    [cut_body, cut_chunk, reset_before_body, reset_after_request, close_without_answer, no_http, packed],
    ids=lambda each: each.__name__,
)
def test_once_a_byte_has_left_a_broken_answer_leaves_the_outcome_open(serve, behave):
    with pytest.raises(TransportFault) as fault:
        send(serve(behave).url)
    assert fault.value.left


def test_a_refused_connection_means_that_nothing_was_sent(refused_url):
    with pytest.raises(TransportFault, match="refuses the connection") as fault:
        send(refused_url)
    assert not fault.value.left


def test_an_unknown_name_means_that_nothing_was_sent():
    with pytest.raises(TransportFault) as fault:
        send("https://nowhere.invalid/")
    assert not fault.value.left


def test_a_failed_handshake_means_that_nothing_was_sent(serve):
    def no_tls(link):
        link.sock.recv(1000)
        link.sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = serve(no_tls)
    with pytest.raises(TransportFault, match="cannot be trusted") as fault:
        send(server.url.replace("http:", "https:"))
    assert not fault.value.left


def test_a_handshake_that_never_ends_is_cut_at_the_deadline(serve):
    silent = threading.Event()
    server = serve(lambda link: silent.wait(20))
    try:
        with pytest.raises(TransportFault, match=r"within 0\.3 s") as fault:
            send(server.url.replace("http:", "https:"), deadline=0.3)
    finally:
        silent.set()
    assert not fault.value.left


def test_a_trickling_answer_is_cut_at_the_deadline(serve):
    stop = threading.Event()

    def trickle(link):
        link.receive()
        link.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not stop.wait(0.05):
            link.sock.sendall(b"x")

    server = serve(trickle)
    try:
        with pytest.raises(TransportFault, match=r"within 0\.4 s") as fault:
            send(server.url, deadline=0.4)
    finally:
        stop.set()
    assert fault.value.left


def test_trickling_headers_are_cut_at_the_deadline_too(serve):
    stop = threading.Event()

    def trickle(link):
        link.receive()
        link.sock.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not stop.wait(0.05):
            link.sock.sendall(b"x")

    server = serve(trickle)
    try:
        with pytest.raises(TransportFault, match=r"within 0\.4 s") as fault:
            send(server.url, deadline=0.4)
    finally:
        stop.set()
    assert fault.value.left


def test_an_oversized_answer_is_given_up(serve):
    def flood(link):
        link.receive()
        link.sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            link.sock.sendall(b"x" * 100_000)

    with pytest.raises(TransportFault, match="longer than 300,000 bytes") as fault:
        send(serve(flood).url, byte_cap=300_000)
    assert fault.value.left


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_a_redirect_is_an_answer_and_is_never_followed(serve, status):
    other = serve(lambda link: link.reply(b"{}") if link.receive() else None)

    def redirect(link):
        link.receive()
        link.reply(b"", status=status, Location=other.url)

    answer = send(serve(redirect).url)
    assert answer.status == int(status[:3])
    assert other.seen == []


def test_the_boundaries_come_in_order_and_the_guard_speaks_before_the_first_byte(serve):
    server = serve(lambda link: link.receive() and link.reply(b"{}"))
    passed = []
    assert send(server.url, at=passed.append).body == b"{}"
    assert passed == [
        "connecting", "connected", "headers-leaving", "headers-left", "body-left", "status-read", "body-read",
    ]  # fmt: skip


def test_when_the_guard_refuses_no_byte_reaches_the_server(serve):
    received = queue.Queue()

    def listen(link):
        received.put(link.sock.recv(1000))

    server = serve(listen)

    def guard(boundary):
        if boundary == "headers-leaving":
            raise StaleSend("too late")

    with pytest.raises(StaleSend):
        send(server.url, at=guard)
    assert received.get(timeout=10) == b""


def test_a_fresh_request_has_a_connection_of_its_own_and_reads_share_one(serve):
    def keep(link):
        while link.receive():
            link.reply(b"{}")

    server = serve(keep)
    transport = HttpTransport(rules=AddressRules(hosts=(origin_of(server.url),)))
    for fresh in (False, False, True, False, True):
        transport.exchange(Outgoing(method="GET", url=server.url, fresh=fresh), nothing)
    transport.close()
    assert server.connections == 3


def test_only_what_was_given_is_sent(serve, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    server = serve(lambda link: link.receive() and link.reply(b"{}", Set_Cookie="a=b"))
    send(server.url)
    headers = server.seen[0].headers
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection", "content-length", "secret"}
    assert headers["accept-encoding"] == "identity"


def test_no_cookie_comes_back(serve):
    def keep(link):
        while link.receive():
            link.reply(b"{}", Set_Cookie="a=b")

    server = serve(keep)
    transport = HttpTransport(rules=AddressRules(hosts=(origin_of(server.url),)))
    for _ in range(2):
        transport.exchange(Outgoing(method="GET", url=server.url), nothing)
    transport.close()
    assert "cookie" not in server.seen[1].headers


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\x00b", "naïve", "a\tb"])
def test_a_header_that_no_header_may_be_is_refused_before_connecting(serve, value):
    server = serve(lambda link: None)
    transport = HttpTransport(rules=AddressRules(hosts=(origin_of(server.url),)))
    with pytest.raises(Exception, match="no header may hold"):
        transport.exchange(Outgoing(method="GET", url=server.url, headers={"Secret": value}), nothing)
    assert server.connections == 0


def test_the_headers_of_a_request_do_not_show_when_it_is_printed():
    assert "swordfish" not in repr(Outgoing(method="GET", url="https://x/", headers={"Secret": "swordfish"}))
