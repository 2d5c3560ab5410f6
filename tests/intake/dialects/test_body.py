"""Bodies as careless as they come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from allclear.domain.alerts import Severity
from allclear.intake.dialects.base import Unreadable
from allclear.intake.dialects.reading import flat, form_of, instant, json_of, part_of, severity_of, tagged
from tests.intake.dialects.received import one, request

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),  # the last one counts
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "\u00fc"}'.encode("utf-16"), {"a": "\u00fc"}),
        ('{"a": "\u00fc"}'.encode("utf-32"), {"a": "\u00fc"}),
        (b'{"a": "line\nbreak\ttab"}', {"a": "line\nbreak\ttab"}),
        (b'{"a": "\\ud83d"}', {"a": "\ufffd"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a": NaN, "b": -Infinity}', {"a": "NaN", "b": "-Infinity"}),
        (b'{"a": 1e999}', {"a": "1e999"}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b"[" + b"9" * 5000 + b"]", ["9" * 5000]),
        (b'{"a": "\\u0000"}', {"a": "\x00"}),
        (
            b'{"a": 123456789012345678901, "b": [1,-99999999999999999999]}',
            {"a": "123456789012345678901", "b": [1, "-99999999999999999999"]},
        ),
        (
            b'{"a": 18446744073709551615, "b": "123456789012345678901"}',
            {"a": "18446744073709551615", "b": "123456789012345678901"},
        ),
        (b'{"a": 1772443800000000000}', {"a": 1772443800000000000}),  # nanoseconds
    ],
)
def test_it_takes_careless_json(body: bytes, value: Any) -> None:
    assert json_of(request(body, headers=JSON)) == value


def test_it_takes_no_two_huge_ids_for_one() -> None:
    bodies = (b'{"title": "Disk full", "id": 12345678901234567890%d}' % number for number in (1, 2))
    assert len({one("json", body).key for body in bodies}) == 2
    utf_8 = {"content-type": "application/json; charset=latin-1"}  # what it says of itself counted for nothing before
    assert json_of(request('{"a": 123456789012345678901, "b": "ü"}'.encode(), headers=utf_8))["b"] == "ü"


def test_it_decodes_the_charset_that_it_was_told() -> None:
    for name in ("latin-1", '"ISO-8859-1"'):
        headers = {"content-type": f"application/json; charset={name}"}
        assert json_of(request('{"a": "ü"}'.encode("latin-1"), headers=headers)) == {"a": "ü"}
    for name in ("nonsense", "rot13", "", "utf-8; charset=utf-16"):
        headers = {"content-type": f"application/json; charset={name}"}
        assert json_of(request(b'{"a": "\n"}', headers=headers)) == {"a": "\n"}


@pytest.mark.parametrize("body", [b"", b"  ", b"{", b"{'a': 1}", b"nope", b"\x00\x01", b'{"a": 1} x', b"\xff\xfe\x00"])
def test_it_says_where_the_json_breaks(body: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        json_of(request(body))
    assert "JSON" in error.value.reason


@pytest.mark.parametrize("levels", [65, 500, 1_100, 200_000])
@pytest.mark.parametrize("ends", [("[", "]"), ('{"a":', "}")])
def test_it_takes_no_deeper_nesting_than_it_says(levels: int, ends: tuple[str, str]) -> None:
    body = ends[0] * levels + "1" + ends[1] * levels
    for careless in ("", " "):
        with pytest.raises(Unreadable) as error:
            json_of(request(body.replace("1", "NaN") if careless else body))
        assert "64" in error.value.reason


def test_it_takes_wide_bodies_and_64_levels() -> None:
    assert len(json_of(request(json.dumps([[]] * 5000)))) == 5000
    json_of(request("[" * 64 + "]" * 64))


def test_it_reads_forms() -> None:
    assert form_of(request(b"a=1&a=2&b=%C3%BC&c")) == {"a": "2", "b": "ü", "c": ""}
    with pytest.raises(Unreadable):
        form_of(request("&".join(f"a{n}=1" for n in range(2000))))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2015-07-17T08:42:58.315+0000", datetime(2015, 7, 17, 8, 42, 58, 315000, UTC)),
        ("2018-12-25T15:47:47.377363608Z", datetime(2018, 12, 25, 15, 47, 47, 377363, UTC)),
        ("2021-10-12T09:51:03.157076+02:00", datetime(2021, 10, 12, 7, 51, 3, 157076, UTC)),
        ("2025-02-15 14:59:03 +0000 UTC", datetime(2025, 2, 15, 14, 59, 3, tzinfo=UTC)),
        ("2024-01-15 10:30:00 UTC", datetime(2024, 1, 15, 10, 30, tzinfo=UTC)),
        ("2024/08/14 21:28:56 GMT", datetime(2024, 8, 14, 21, 28, 56, tzinfo=UTC)),
        ("2024-01-15 10:30:00", datetime(2024, 1, 15, 10, 30, tzinfo=UTC)),
        (1580920957, datetime(2020, 2, 5, 16, 42, 37, tzinfo=UTC)),
        (1580920957.5, datetime(2020, 2, 5, 16, 42, 37, 500000, UTC)),
        ("1580920957", datetime(2020, 2, 5, 16, 42, 37, tzinfo=UTC)),
        (1580920957000, datetime(2020, 2, 5, 16, 42, 37, tzinfo=UTC)),
        (1580920957000000, datetime(2020, 2, 5, 16, 42, 37, tzinfo=UTC)),
        (1580920957000000000, datetime(2020, 2, 5, 16, 42, 37, tzinfo=UTC)),
    ],
)
def test_it_reads_times_as_sources_write_them(written: Any, expected: datetime) -> None:
    assert instant(written) == expected


@pytest.mark.parametrize(
    "written",
    [None, "", "never", True, {}, [], 0, -5, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", 1e300, float("inf"),
     float("nan"), 10**30, "2024-13-01T00:00:00Z", "\x00", "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_it_takes_nothing_else_for_a_time(written: Any) -> None:
    assert instant(written) is None


def test_it_names_the_place_and_what_it_found_there() -> None:
    part = part_of({"a": {"b": [{"c": 1}, 5]}})
    with pytest.raises(Unreadable) as error:
        part.part("a").parts("b")
    assert error.value.reason == "“a.b[1]” must be an object, but it is a number or a truth value."
    assert part_of({"a": 5, "b": None, "c": " x ", "d": True, "e": 5.0, "f": 0.5}).text("b", "c") == "x"
    texts = [part_of({"a": value}).text("a") for value in (5, 5.0, 0.5, True, None, "  ")]
    assert texts == ["5", "5", "0.5", "true", "", ""]


def test_it_makes_flat_labels() -> None:
    assert flat({"a": 1, "b": None, "c": {}, "d": ["x", 2], "e": " ", "": "x", " f ": " y "}, {"a": 2}) == {
        "a": "1", "d": "x, 2", "f": "y",
    }  # fmt: skip
    assert len(flat({str(n): "x" for n in range(500)})) == 100
    assert max(map(len, flat({"n" * 900: "v" * 9000}).values())) == 1000
    labels: dict[str, str] = {}
    tagged(labels, ["env:prod", "red", "https://x", ":", 5, None])
    assert labels == {"env": "prod", "tags": "red, https://x, :, 5"}


@pytest.mark.parametrize(
    ("word", "severity"),
    [("CRITICAL", "critical"), (" p1 ", "critical"), ("Err", "error"), ("WARN", "warning"), ("debug", "info"),
     ("", "unknown"), (None, "unknown"), ({}, "unknown"), (3, "unknown"), ("schlimm", "critical")],
)  # fmt: skip
def test_it_knows_the_words_of_many_sources(word: Any, severity: str) -> None:
    assert severity_of(word, {"schlimm": Severity.CRITICAL}) == severity
