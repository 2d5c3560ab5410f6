"""Debian's exim with a configuration of the test's own: on a high port, without privileges, mailboxes in a folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from allclear.notifications.tests.peers import free_port
from tests.paging.engines import until

BINARY, USER = "/usr/sbin/exim4", "Debian-exim"
NAME, PASSWORD, DOMAIN = "allclear", "harbour-and-pine", "example.org"

_CONFIGURATION = """
primary_hostname = mail.{domain}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
deliver_drop_privilege
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}}}
acl_smtp_rcpt = to

begin acl
to:
  require message = log in first
    authenticated = *
  require message = no such mailbox
    verify = recipient
  accept

begin routers
here:
  driver = accept
  domains = {domain}
  local_parts = ana : ben
  transport = file

begin transports
file:
  driver = appendfile
  directory = {folder}/$local_part_data
  maildir_format
  user = {user}

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if and {{{{eq{{$auth2}}{{{name}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
"""


class Exim:
    """A running one. Its mailboxes are ana and ben; for everybody else it says 550."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.certificate = folder / "server.pem"

    def mails(self, name: str, count: int) -> list[EmailMessage]:
        """What lies in a mailbox, once it is so many."""
        box = self.folder / name / "new"
        until(lambda: len(list(box.glob("*"))) >= count, f"{count} mails for {name}")
        files = sorted(box.glob("*"), key=lambda file: file.stat().st_mtime_ns)
        assert len(files) == count
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def settings(self, password: str = PASSWORD) -> dict[str, Any]:
        """As ALLCLEAR_SMTP_URL=smtp+starttls://... makes them."""
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.port,
            "EMAIL_HOST_USER": NAME,
            "EMAIL_HOST_PASSWORD": password,
            "EMAIL_USE_TLS": True,
        }


@contextmanager
def exim() -> Iterator[Exim]:
    """It runs as the user of its package when the tests run as root, else as whoever runs them."""
    folder = Path(tempfile.mkdtemp(prefix="allclear-exim-", dir="/tmp"))
    is_root = os.geteuid() == 0
    user = USER if is_root else str(os.geteuid())
    found = Exim(folder, free_port())
    found.certificate.write_bytes(certificate())
    file, values = folder / "exim.conf", {"domain": DOMAIN, "name": NAME, "password": PASSWORD, "user": user}
    file.write_text(_CONFIGURATION.format(folder=folder, port=found.port, **values))
    if is_root:
        for path in (folder, file, found.certificate):
            shutil.chown(path, USER, USER)
    more: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": []} if is_root else {}
    process = subprocess.Popen([BINARY, "-C", str(file), "-bdf"], stdin=subprocess.DEVNULL, **more)
    try:
        until(lambda: process.poll() is None and _answers(found.port), "exim answers")
        yield found
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            return connection.recv(3) == b"220"
    except OSError:
        return False


def certificate() -> bytes:
    """Key and certificate of 127.0.0.1, signed by itself, for a day."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = made.add_extension(address, critical=False).sign(key, SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + signed.public_bytes(Encoding.PEM)
