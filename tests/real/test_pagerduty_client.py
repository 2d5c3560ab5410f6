"""PagerDuty's own client of the Events API. It speaks TLS only, so a small one stands before the program."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pagerduty
import pytest

from allclear.alerts.models import Integration
from tests.paging.exim import certificate
from tests.real.conftest import Here

pytestmark = pytest.mark.slow


class Tls:
    """Takes TLS at a port of its own and hands on what is inside."""

    def __init__(self, certificate: Path, to: int) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.to = to
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with (
                self.context.wrap_socket(plain, server_side=True) as outer,
                socket.create_connection(("127.0.0.1", self.to)) as inner,
            ):
                back = threading.Thread(target=_pump, args=(inner, outer), daemon=True)
                back.start()
                _pump(outer, inner)
                back.join(30)
        except OSError:
            pass

    def end(self) -> None:
        self.listener.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def address(here: Here, tmp_path: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    file = tmp_path / "here.pem"
    file.write_bytes(certificate())
    tls = Tls(file, here.program.port)
    yield f"https://127.0.0.1:{tls.port}", ssl.create_default_context(cafile=str(file))
    tls.end()


def test_it_triggers_acknowledges_and_resolves(here: Here, address: tuple[str, ssl.SSLContext]) -> None:
    row, key = here.source("pagerduty")
    url, trusted = address
    with pagerduty.EventsApiV2Client(key, base_url=url, verify=trusted) as client:
        _one_life(here, row, client)


def _one_life(here: Here, row: Integration, client: pagerduty.EventsApiV2Client) -> None:
    made = client.trigger("The disk of web1 is full", "web1", severity="warning", custom_details={"free": "12 MB"})
    alert = here.alert(status="firing")
    assert (alert.title, alert.source, alert.severity) == ("The disk of web1 is full", "web1", "warning")
    assert alert.integration_id == row.pk and made
    assert client.trigger("The disk of web1 is full", "web1", dedup_key=made) == made
    assert here.alert(event_count=2).pk == alert.pk
    client.acknowledge(made)
    assert here.alert(status="acknowledged").pk == alert.pk
    client.resolve(made)
    assert here.alert(status="resolved").pk == alert.pk
    client.submit("Version 12 is out", source="deploy", timestamp="2026-03-02T09:00:00Z")  # a change opens nothing
    assert len(here.alerts()) == 1


def test_it_understands_how_it_is_refused(here: Here, address: tuple[str, ssl.SSLContext]) -> None:
    here.source("pagerduty")
    url, trusted = address
    with (
        pagerduty.EventsApiV2Client("0" * 32, base_url=url, verify=trusted) as client,
        pytest.raises(pagerduty.HttpError),
    ):
        client.trigger("Nobody hears this", "web1")
    assert here.alerts() == []
