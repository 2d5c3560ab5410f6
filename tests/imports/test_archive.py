"""Everything out, everything in, byte for byte; and a sheet that does no harm."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import itertools
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.core.files.base import ContentFile

from allclear.accounts.models import ApiToken, SecurityClass, User
from allclear.accounts.permissions import SYSTEM_VIEWER, Viewer
from allclear.accounts.queries import viewer_for
from allclear.catalog.actions import seed_defaults
from allclear.catalog.policies import body_of, save_policy
from allclear.engine import retention
from allclear.incidents import actions, blobs
from allclear.incidents.exporting import export_archive, export_sheet
from allclear.incidents.exporting.archive import PART
from allclear.incidents.importing.archive import restore
from allclear.incidents.models import Attachment, Incident
from allclear.incidents.verify import verify_projections
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.testing import T0, in_status, organisation, person, request_as, team
from tests.emptying import empty_tables
from tests.imports.logs import bring_in, life, shared, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> None:
    settings.BLOBS = tmp_path / "blobs"


@pytest.fixture
def company(files: None) -> Incident:
    """A little of everything; gives an incident with replies, a note, a task and a file."""
    seed_defaults(T0)
    customer = organisation("Größe & Söhne")
    requester = person("requester", name="Zoë Ωmega", organisation=customer, password="correct horse battery")
    agent = person("agent", skills=["network"], serves=[customer])
    desk = team(agent, name="Desk")
    admin = person("admin", password="correct horse battery")
    ApiToken.objects.create(user=admin, name="bot", prefix="ac_1", sha256="f" * 64, scopes=["all"], created_at=T0)
    SecurityClass.objects.create(name="Board").members.add(admin)
    row = actions.log_incident(
        request_as(agent), actions.LogForm('VPN "drops"', requester_id=requester.pk, team_id=desk.pk, tasks=["Look"])
    ).incident
    actions.reply_publicly(request_as(agent, 1), row.pk, "We look\ninto it \u2028 now")
    actions.add_note(request_as(agent, 2), row.pk, "It is the {gateway}")
    actions.edit_incident(request_as(agent, 3), row.pk, fields={"cost": Decimal("12.50"), "currency": "EUR"})
    content = ContentFile(bytes(range(256)) * 6_000)  # more than one part
    assert content.size > PART
    actions.attach_file(request_as(agent, 4), row.pk, name="dump.bin", chunks=content.chunks())
    in_status("closed", by=agent)
    return row


def everyone() -> Viewer:
    """The operator, who sees every security class."""
    from allclear.config.cli.operator import viewer_as

    return viewer_as("")


def test_out_in_and_out_again_is_the_same_bytes(company: Incident, tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    counts = export_archive(everyone(), first)
    sha256 = Attachment.objects.get().sha256
    empty_tables()
    blobs.path_of(sha256).unlink()

    assert restore(SYSTEM_VIEWER, first) == counts
    export_archive(everyone(), second)
    assert second.read_bytes() == first.read_bytes()
    assert blobs.path_of(sha256).stat().st_size == 256 * 6_000
    assert verify_projections().is_clean
    row = Incident.objects.get(pk=company.pk)
    assert (row.number, row.title, str(row.cost)) == (company.number, 'VPN "drops"', "12.50")


def test_work_goes_on_after_a_restore(company: Incident, tmp_path: Path) -> None:
    export_archive(everyone(), tmp_path / "all.jsonl")
    numbers = set(Incident.objects.values_list("number", flat=True))
    empty_tables()
    restore(SYSTEM_VIEWER, tmp_path / "all.jsonl")

    agent = User.objects.get(roles=["agent"])
    new = actions.log_incident(request_as(agent, 99), actions.LogForm("Another")).incident
    assert new.number not in numbers and new.pk > max(Incident.objects.exclude(pk=new.pk).values_list("pk", flat=True))
    person("agent")
    assert verify_projections().is_clean


def test_passwords_and_tokens_stay_here(company: Incident, tmp_path: Path) -> None:
    export_archive(everyone(), tmp_path / "all.jsonl")
    text = (tmp_path / "all.jsonl").read_text("utf-8")
    assert "argon2" not in text and '"password"' not in text and "f" * 64 not in text
    empty_tables()
    restore(SYSTEM_VIEWER, tmp_path / "all.jsonl")
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("ending", ["zst", "gz"])
def test_a_packed_archive_is_the_same_bytes_too(company: Incident, tmp_path: Path, ending: str) -> None:
    plain, first, second = tmp_path / "a.jsonl", tmp_path / f"b.jsonl.{ending}", tmp_path / f"c.jsonl.{ending}"
    export_archive(everyone(), plain)
    export_archive(everyone(), first)
    unpacked = zstandard.ZstdDecompressor().stream_reader(first.read_bytes()).read() if ending == "zst" else b""
    assert plain.read_bytes() == (unpacked or gzip.decompress(first.read_bytes()))
    empty_tables()
    restore(SYSTEM_VIEWER, first)
    export_archive(everyone(), second)
    assert first.read_bytes() == second.read_bytes()


def test_a_file_that_the_disk_has_lost_is_named(company: Incident, tmp_path: Path) -> None:
    blobs.path_of(Attachment.objects.get().sha256).unlink()
    export_archive(everyone(), tmp_path / "all.jsonl")
    assert '"missing":true' in (tmp_path / "all.jsonl").read_text("utf-8")
    empty_tables()
    restore(SYSTEM_VIEWER, tmp_path / "all.jsonl")
    assert Attachment.objects.count() == 1


def test_a_database_that_is_not_empty_is_refused(company: Incident, tmp_path: Path) -> None:
    export_archive(everyone(), tmp_path / "all.jsonl")
    with pytest.raises(Refused, match="not empty") as caught:
        restore(SYSTEM_VIEWER, tmp_path / "all.jsonl")
    assert caught.value.code == "archive_needs_empty_database"


def _cut(lines: list[bytes]) -> list[bytes]:
    return [*lines[:40], lines[40][:30]]


def _without_end(lines: list[bytes]) -> list[bytes]:
    return lines[:-1]


def _with_a_hole(lines: list[bytes]) -> list[bytes]:
    return lines[:20] + lines[21:]


def _damaged(lines: list[bytes]) -> list[bytes]:
    return [*lines[:20], b"{]\n", *lines[21:]]


def _of_another_version(lines: list[bytes]) -> list[bytes]:
    return [lines[0].replace(b'"title"', b'"headline"'), *lines[1:]]


def _of_something_else(lines: list[bytes]) -> list[bytes]:
    return [b'{"hello": 1}\n']


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_cut, "was cut"),
        (_without_end, "was cut"),
        (_with_a_hole, "Lines of the archive are missing"),
        (_damaged, "Line 21 of the archive is damaged"),
        (_of_another_version, "their tables differ"),
        (_of_something_else, "This is no archive"),
    ],
)
def test_a_broken_archive_brings_in_nothing(company: Incident, tmp_path: Path, harm: Any, words: str) -> None:
    path = tmp_path / "all.jsonl"
    export_archive(everyone(), path)
    path.write_bytes(b"".join(harm(path.read_bytes().splitlines(keepends=True))))
    empty_tables()

    with pytest.raises(Invalid, match=words):
        restore(SYSTEM_VIEWER, path)
    assert not User.objects.exists() and not Incident.objects.exists()


def test_who_may_not_see_everything_gets_no_archive(company: Incident, tmp_path: Path) -> None:
    auditor = viewer_for(person("auditor").pk)
    with pytest.raises(NotPermitted, match="some of them you may not see"):
        export_archive(auditor, tmp_path / "all.jsonl")
    with pytest.raises(NotPermitted, match="one of these roles"):
        export_archive(viewer_for(person("agent").pk), tmp_path / "all.jsonl")
    assert not (tmp_path / "all.jsonl").exists()


def test_an_export_that_fails_leaves_no_file(company: Incident, tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError):
        export_archive(everyone(), tmp_path / "all.jsonl", progress=stop)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []
    with pytest.raises(Invalid, match="cannot be written"):
        export_archive(everyone(), tmp_path / "nowhere" / "all.jsonl")


def test_a_sheet_holds_what_one_may_see_and_no_formula(company: Incident, tmp_path: Path) -> None:
    agent = User.objects.get(roles=["agent"])
    actions.log_incident(request_as(agent), actions.LogForm('=HYPERLINK("http://evil")', location="@SUM(A1)"))
    secret = actions.log_incident(request_as(agent), actions.LogForm("Board room")).incident
    Incident.objects.filter(pk=secret.pk).update(security_class=SecurityClass.objects.get())

    count = export_sheet(viewer_for(person("auditor").pk), tmp_path / "all.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text("utf-8-sig"))))
    assert count == len(rows) == Incident.objects.count() - 1
    titles = {row["Title"] for row in rows}
    assert "Board room" not in titles and '\'=HYPERLINK("http://evil")' in titles
    assert "'@SUM(A1)" in {row["Location"] for row in rows}
    assert export_sheet(everyone(), tmp_path / "all.csv.zst") == count + 1


def test_an_imported_log_comes_back_and_is_known_there(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life())
    bring_in(path)
    export_archive(everyone(), tmp_path / "all.jsonl")
    empty_tables()
    restore(SYSTEM_VIEWER, tmp_path / "all.jsonl")

    report = bring_in(path)
    assert (report["rows"]["merged_known"], report["agrees"]) == (5, True)


@pytest.mark.shared
@pytest.mark.slow
def test_real_incidents_come_back_byte_for_byte(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(b"".join(itertools.islice(_lines(shared("uci/incident_event_log.csv.zst")), 3_500)))
    assert bring_in(log)["agrees"]
    assert Incident.objects.count() >= 500
    export_archive(everyone(), tmp_path / "first.jsonl")
    empty_tables()
    restore(SYSTEM_VIEWER, tmp_path / "first.jsonl")
    export_archive(everyone(), tmp_path / "second.jsonl")

    assert (tmp_path / "first.jsonl").read_bytes() == (tmp_path / "second.jsonl").read_bytes()
    assert verify_projections(sample=100).is_clean


def test_what_was_erased_stays_erased_on_the_way(company: Incident, tmp_path: Path) -> None:
    agent = person("agent")
    actions.attach_file(request_as(agent, 5), company.pk, name="pass.txt", chunks=[b"a secret of Zoe"])
    body = {"rules": [], "keep_days": {"texts": 30, "replies": 30, "notes": 30, "files": 30}}
    save_policy(SYSTEM_VIEWER, "retention", body, note="", expected_version=body_of("retention")[0], now=T0)
    closed = Incident.objects.get(status="closed")
    actions.attach_file(request_as(agent, 5), closed.pk, name="pass.txt", chunks=[b"a secret of Zoe"])
    actions.attach_file(request_as(agent, 6), closed.pk, name="own.txt", chunks=[b"nobody else has this"])
    assert retention.run(T0 + timedelta(days=99)).erased["files"] == 2
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    export_archive(everyone(), first)
    assert base64.b64encode(b"nobody else has this") not in first.read_bytes()
    assert base64.b64encode(b"a secret of Zoe") in first.read_bytes(), "another incident refers to it"
    empty_tables()
    restore(SYSTEM_VIEWER, first)
    export_archive(everyone(), second)
    assert first.read_bytes() == second.read_bytes()
    assert verify_projections().is_clean
    assert Incident.objects.get(pk=closed.pk).title == "[erased]"


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as raw:
        yield from io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
