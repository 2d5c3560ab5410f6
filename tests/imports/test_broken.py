"""Broken input: nothing is half imported, and every message says what is wrong and what to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard

from allclear.incidents.models import ImportRun, Incident
from allclear.kernel.errors import Invalid
from allclear.kernel.models import Event
from tests.imports.logs import COLUMNS, bring_in, life, write

pytestmark = pytest.mark.django_db


def refused(path: Path) -> str:
    """The words with which the whole file is refused; nothing was written, and the run says the same."""
    with pytest.raises(Invalid) as caught:
        bring_in(path)
    assert not Incident.objects.exists() and not Event.objects.exists()
    run = ImportRun.objects.get()
    assert (run.state, run.report["error"]) == ("failed", caught.value.message)
    return caught.value.message


def test_another_encoding_is_named_with_line_and_byte(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life(location="Köln"))
    path.write_bytes(path.read_bytes().decode().encode("cp1252"))

    words = refused(path)
    line = path.read_bytes().splitlines(keepends=True)[1]
    assert f"Line 2, byte {line.index(0xF6) + 1} (0xf6) is not utf-8" in words
    assert "--encoding cp1252" in words and 'encoding = "cp1252"' in words
    bring_in(path, encoding="cp1252")
    assert Incident.objects.get().location == "Köln"


def test_a_byte_order_mark_and_utf_16_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life())
    text = path.read_text("utf-8")
    path.write_text("\ufeff" + text, "utf-8")
    assert bring_in(path)["rows"]["imported"] == 5
    path.write_text(text, "utf-16")
    assert bring_in(path, encoding="utf-16", source="other")["rows"]["imported"] == 5


def test_a_missing_column_is_named_before_anything_is_written(tmp_path: Path) -> None:
    columns = ["assigned_group" if name == "assignment_group" else name for name in COLUMNS if name != "priority"]
    words = refused(write(tmp_path / "log.csv", life(), columns))

    assert "lacks the columns priority" in words
    assert "assignment_group (perhaps assigned_group?)" in words
    assert "--mapping" in words and "optional" in words


def test_another_separator_is_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life())
    path.write_text(path.read_text("utf-8").replace(",", ";"), "utf-8")

    assert "set delimiter in the mapping file" in refused(path)


def test_a_file_that_is_empty_or_a_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(Invalid, match=r"empty\.csv is empty"):
        bring_in(tmp_path / "empty.csv")
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(Invalid, match="Save the log as CSV"):
        bring_in(tmp_path / "book.xlsx")
    with pytest.raises(Invalid, match="cannot be opened"):
        bring_in(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_a_packed_file_that_was_cut_is_refused_as_a_whole(tmp_path: Path, ending: str) -> None:
    rows = [row for n in range(3_000) for row in life(f"INC{n + 1:07d}", location=f"Location {n * 7919 % 1009}")]
    whole = write(tmp_path / "log.csv", rows).read_bytes()
    packed = gzip.compress(whole) if ending == "gz" else zstandard.compress(whole)
    path = tmp_path / f"log.csv.{ending}"
    path.write_bytes(packed[: len(packed) * 2 // 3])

    words = refused(path)
    assert "ends in the middle of its compressed data" in words and "Get it again" in words


@pytest.mark.parametrize("ending", ["csv", "gz", "zst"])
def test_packed_files_are_read_whatever_their_name(tmp_path: Path, ending: str) -> None:
    whole = write(tmp_path / "log.csv", life()).read_bytes()
    half = len(whole) // 2
    packed = {
        "csv": whole,
        "gz": gzip.compress(whole[:half]) + gzip.compress(whole[half:]),
        "zst": zstandard.compress(whole[:half]) + zstandard.compress(whole[half:]),
    }
    path = tmp_path / "log"
    path.write_bytes(packed[ending])

    assert bring_in(path)["rows"]["imported"] == 5


def test_a_damaged_packed_file_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(write(tmp_path / "log.csv", life()).read_bytes()))
    packed[len(packed) // 2] ^= 0xFF
    path = tmp_path / "log.csv.gz"
    path.write_bytes(bytes(packed))

    assert "Get it again" in refused(path)


def test_a_last_line_that_was_cut_rejects_its_incident_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life("INC0000001") + life("INC0000002"))
    path.write_bytes(path.read_bytes()[:-60])
    report = bring_in(path)

    assert list(Incident.objects.values_list("number", flat=True)) == ["INC0000001"]
    assert report["rows"] | {"merged_known": 0, "merged_unchanged": 0} == {
        "read": 10,
        "imported": 5,
        "merged": 0,
        "merged_known": 0,
        "merged_unchanged": 0,
        "rejected": 5,
        "adds_up": True,
    }
    last = report["rejected"][-1]
    assert (last["line"], last["number"]) == (11, "INC0000002")
    assert "probably cut here" in last["reason"]
    assert all("because line 11 of this incident" in other["reason"] for other in report["rejected"][:-1])
    assert any("no line break" in notice for notice in report["notices"])


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("sys_updated_at", "31/2/2016 10:00", "no possible instant"),
        ("opened_at", "2/13/2016 10:00", "no possible instant"),
        ("sys_updated_at", "1/1/2036 10:00", "lies in the future"),
        ("resolved_at", "1/1/1916 10:00", "before 1970"),
        ("sys_updated_at", "?", "cannot be placed"),
        ("incident_state", "Parked", "This state is unknown: say under [states]"),
        ("priority", "9 - Whatever", "This label is unknown: say under [priorities]"),
        ("reassignment_count", "many", "no whole number"),
        ("made_sla", "perhaps", "no yes or no"),
        ("assignment_group", "G" * 121, "at most 120 fit"),
    ],
)
def test_a_bad_cell_rejects_the_whole_incident_and_accounts_for_each_row(
    tmp_path: Path, column: str, value: str, words: str
) -> None:
    rows = life("INC0000001") + life("INC0000002")
    rows[7][column] = value
    report = bring_in(write(tmp_path / "log.csv", rows))

    assert list(Incident.objects.values_list("number", flat=True)) == ["INC0000001"]
    assert (report["rows"]["imported"], report["rows"]["rejected"], report["rows"]["adds_up"]) == (5, 5, True)
    by_line = {one["line"]: one for one in report["rejected"]}
    assert sorted(by_line) == [7, 8, 9, 10, 11]
    assert (by_line[9]["column"], words in by_line[9]["reason"]) == (column, True)
    assert by_line[8]["reason"] == f"Not imported, because line 9 of this incident cannot be used, column {column}."
    assert report["agrees"] is True  # of what was taken


def test_unknown_states_are_listed_with_their_number(tmp_path: Path) -> None:
    rows = life("INC0000001", incident_state="Parked") + life("INC0000002", incident_state="In Limbo")
    report = bring_in(write(tmp_path / "log.csv", rows))

    assert report["unknown_labels"] == {"incident_state": {"Parked": 5, "In Limbo": 5}}
    assert not Incident.objects.exists()
    assert ImportRun.objects.get().report["unknown_labels"] == report["unknown_labels"]


def test_a_row_without_number_or_with_too_many_values_is_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", [*life(), {**life()[0], "number": ""}])
    path.write_text(path.read_text("utf-8") + "INC0000009," + "x," * 40 + "\n", "utf-8")
    report = bring_in(path)

    assert (report["rows"]["imported"], report["rows"]["rejected"]) == (5, 2)
    assert "no number" in report["rejected"][0]["reason"]
    assert "A separator is not quoted" in report["rejected"][1]["reason"]


def test_a_quotation_mark_that_is_not_closed_is_found(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", life())
    path.write_text(path.read_text("utf-8") + 'INC0000046,"New,true\n', "utf-8")

    assert "Line 7" in refused(path)


def test_quoted_line_breaks_and_control_characters_do_no_harm(tmp_path: Path) -> None:
    rows = life(location='Room "4",\nfloor 2\x00', category="Category\u202e 55")
    report = bring_in(write(tmp_path / "log.csv", rows))

    row = Incident.objects.get()
    assert (row.location, report["agrees"]) == ('Room "4", floor 2', True)
    assert "\u202e" not in row.title
