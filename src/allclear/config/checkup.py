"""The checks of `allclear doctor`. Each says what it found and, if that is wrong, how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from allclear import __version__
from allclear.config import checkup_database, home, listen
from allclear.config.trouble import Trouble

_GIB = 2**30


@dataclass(frozen=True)
class Finding:
    """`note` is worth knowing and no fault."""

    name: str
    state: Literal["ok", "note", "fault"]
    found: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine() -> Iterator[Finding]:
    """Every check in turn; one that breaks is a fault itself and does not hide the others."""
    for check in CHECKS:
        try:
            yield check()
        except Trouble as trouble:
            yield Finding(_name(check), "fault", str(trouble), "Do what the sentence says.")
    yield from (Finding(*result) for result in checkup_database.examine())


def _name(check: Callable[[], Finding]) -> str:
    return check.__name__.replace("_", " ")


def python() -> Finding:
    return Finding("python", "ok", f"Python {platform.python_version()}, Allclear {__version__}")


def front_end() -> Finding:
    manifest = Path(__file__).parent.parent / "web" / "static" / "dist" / "manifest.json"
    if manifest.exists():
        return Finding("front end", "ok", "built")
    return Finding("front end", "fault", f"{manifest} is missing", "Run `make run`, or `npm ci && npm run build`.")


def data_folder() -> Finding:
    folder = home.prepared_home()
    free = shutil.disk_usage(folder).free
    found = f"{folder}, {free / _GIB:.1f} GiB free"
    if not os.access(folder, os.W_OK):
        return Finding("data folder", "fault", f"{folder} cannot be written", "Give it to the user who runs Allclear.")
    if free < _GIB / 2:
        return Finding("data folder", "fault", found, "Free some space: PostgreSQL stops when the disk is full.")
    return Finding("data folder", "note" if free < 2 * _GIB else "ok", found)


def secrets() -> Finding:
    folder = home.prepared_home() / "secrets"
    if not folder.exists():
        return Finding("secrets", "ok", "none yet; made on the first start")
    loose = [path for path in (folder, *folder.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if loose:
        names = " ".join(str(path) for path in loose)
        return Finding("secrets", "fault", f"others can read {names}", f"chmod go= {names}")
    return Finding("secrets", "ok", f"{len(list(folder.iterdir()))} files, readable by their owner alone")


def address() -> Finding:
    """Whether the links that Allclear writes lead to a host that it answers for."""
    from django.conf import settings
    from django.http.request import split_domain_port, validate_host

    host = split_domain_port(settings.BASE_URL.split("//")[-1].split("/")[0])[0]
    if not validate_host(host, settings.ALLOWED_HOSTS):
        mend = f"Add {host} to ALLCLEAR_HOSTS, or set ALLCLEAR_URL to the address people use."
        return Finding("address", "fault", f"ALLCLEAR_URL names {host or 'no host'}, which ALLCLEAR_HOSTS lacks", mend)
    if settings.DEBUG:
        return Finding("address", "fault", "ALLCLEAR_DEBUG is on", "Unset it: errors would show code and settings.")
    is_open = listen.place().host not in {"127.0.0.1", "::1", "localhost"}
    if is_open and not settings.BASE_URL.startswith("https://"):
        mend = "Put a proxy with TLS before it and set ALLCLEAR_URL=https://..."
        return Finding("address", "note", f"{settings.BASE_URL} without TLS, open to other machines", mend)
    return Finding("address", "ok", settings.BASE_URL)


def port() -> Finding:
    place = listen.place()
    if listen.answers(place):
        return Finding("port", "ok", f"Allclear answers on {place.host}:{place.port}")
    try:
        listen.require_free(place)
    except Trouble as trouble:
        return Finding("port", "fault", str(trouble), "Stop the other program, or set PORT to a free number.")
    return Finding("port", "ok", f"{place.host}:{place.port} is free (Allclear is not running)")


def mail() -> Finding:
    """Whether there is a mail server: without one nobody can be told by e-mail, nor confirm an address."""
    from django.conf import settings

    if not settings.EMAIL_HOST:
        mend = "Set ALLCLEAR_SMTP_URL=smtp+starttls://name:password@host:587 and start again."
        return Finding("mail", "note", "no mail server is set: nobody can be told by e-mail", mend)
    return Finding("mail", "ok", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}, from {settings.DEFAULT_FROM_EMAIL}")


CHECKS = (python, front_end, data_folder, secrets, address, port, mail)
