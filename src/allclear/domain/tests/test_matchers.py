"""Matchers of labels: what fits, how they are written, and what is refused."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts import regexes
from allclear.domain.alerts.matchers import Matcher, as_text, first_misfit, matchers_from, read_matcher, read_matchers
from allclear.kernel.errors import Invalid

LABELS = {"alertname": "DiskFull", "instance": "web1:9100", "env": "prod"}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("alertname=DiskFull", True),
        ("alertname=diskfull", False),
        ("alertname!=DiskFull", False),
        ("instance=~web.*", True),
        ("instance=~web", False),  # the whole text
        ("instance!~web", True),
        ("env=~prod|stage", True),
        ("env=~(?i)PROD", True),
        ("team=", True),  # a label that is not there is the empty text
        ("team!=", False),
        ("team!=net", True),
        ("team=~.*", True),
        ("team=~.+", False),
    ],
)
def test_it_fits_as_in_alertmanager(text: str, fits: bool) -> None:
    assert read_matcher(text).fits(LABELS) is fits


@pytest.mark.parametrize(
    ("text", "matchers"),
    [
        ("alertname=X", [Matcher("alertname", "X")]),
        ('"a"="b"', [Matcher("a", "b")]),
        (' a = "b" ', [Matcher("a", "b")]),
        ("a != b c", [Matcher("a", "b c", is_equal=False)]),
        ('{a="b,c", d!~"e|f",}', [Matcher("a", "b,c"), Matcher("d", "e|f", is_regex=True, is_equal=False)]),
        ("a=~x{1,2},b=y", [Matcher("a", "x{1,2}", is_regex=True), Matcher("b", "y")]),
        (r'a="say \"hi\"\n\\"', [Matcher("a", 'say "hi"\n\\')]),
        ('"größe"=1', [Matcher("größe", "1")]),
        (r'a=~"10\.0\..*"', [Matcher("a", r"10\.0\..*", is_regex=True)]),
        ("{}", []),
        ("", []),
    ],
)
def test_it_reads_what_amtool_sends(text: str, matchers: list[Matcher]) -> None:
    assert list(read_matchers(text)) == matchers


@pytest.mark.parametrize("text", ["alertname", "=x", 'a="b', 'a="b"c', "{a=b", "a=b}", 'a="b" c="d"', "{", ",,"])
def test_it_says_where_a_text_cannot_be_read(text: str) -> None:
    with pytest.raises(Invalid) as error:
        read_matchers(text)
    assert set(error.value.fields) == {"matchers"}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], "matchers"),  # fits everything
        (["team="], "matchers"),
        (["alertname=~.*"], "matchers"),
        (["a!=b", "c!~d"], "matchers"),
        ("a=b", "matchers"),
        ([5], "matchers.0"),
        ([{"name": "a"}], "matchers.0"),
        ([{"name": "", "value": "x"}], "matchers.0.name"),
        ([{"name": "a", "value": "x", "isRegex": "yes"}], "matchers.0.isRegex"),
        ([{"name": "a", "value": "x", "regex": True}], "matchers.0.regex"),
        (["a=b", {"name": "a", "value": "(", "isRegex": True}], "matchers.1.value"),
        ([{"name": "a", "value": "x" * 1001}], "matchers.0.value"),
        (["a=b"] * 51, "matchers"),
    ],
)
def test_it_refuses_in_words_what_cannot_be_a_silence(data: object, field: str) -> None:
    with pytest.raises(Invalid) as error:
        matchers_from(data)
    assert set(error.value.fields) == {field}
    assert error.value.fields[field].endswith(".")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+", "(a*)*b",
        "(a|aa)+", "((a+))*", "(a?){30}", "(?:x|y){2,}", "a*+", "(a)*+", r"(a)\1", "(?=a)b", "(?<!a)b",
        "(?>a)", ".*.*.*.*x", "a?" * 30 + "a" * 30, "(a|a)" * 30, "[[:alpha:]]", "[a--b]", "(", "a**", "x{1000}",
        "a{0,50}a{0,50}a{0,50}a{0,50}a{0,50}", "x" * 501, "(?P=x)", "a(?i)b",
    ],
)  # fmt: skip
def test_it_refuses_patterns_that_may_run_away_or_mean_something_else_in_re2(pattern: str) -> None:
    with pytest.raises(Invalid) as error:
        regexes.compiled(pattern)
    assert error.value.fields["pattern"].endswith(".")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(web|db)-\d+\.(prod|stage)\..*", "web-12.prod.example.org"),
        (".*disk.*full.*", "the disk is full again"),
        (r"10\.0\.\d{1,3}\.\d{1,3}(:\d+)?", "10.0.3.44:9100"),
        ("(?P<host>[a-z]+)[0-9]*", "web1"),
        (r"[^]a]\[", "b["),
        ("a|b|c|" + "|".join(f"host{n}" for n in range(60)), "host59"),
    ],
)
def test_it_lets_ordinary_patterns_through(pattern: str, text: str) -> None:
    assert regexes.fits(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(".*a.*b.*c", "a" * 250 + "b" * 250), ("a?" * 20 + "a" * 20, "a" * 19 + "b"), ("(a|a)" * 26, "a" * 25 + "b")],
)
def test_it_comes_to_an_end_with_the_worst_that_is_let_through(pattern: str, text: str) -> None:
    begun = time.process_time()
    assert not regexes.fits(pattern, text)
    assert time.process_time() - begun < 60  # the machine may be slow; what runs away takes years


names = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=12).filter(str.strip)
values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
plain = st.builds(Matcher, names, values, is_equal=st.booleans())
escaped = st.builds(Matcher, names, values.map(re.escape), st.just(True), st.booleans())
matchers = st.lists(plain | escaped, max_size=5)


@given(matchers)
def test_it_reads_its_own_text_back(found: list[Matcher]) -> None:
    assert list(read_matchers(as_text(found))) == found


@given(matchers, st.dictionaries(names, values, max_size=4))
def test_it_keeps_what_it_means_when_it_is_kept(found: list[Matcher], labels: dict[str, str]) -> None:
    try:
        again = matchers_from([matcher.as_data() for matcher in found])
    except Invalid as error:
        assert first_misfit(found, {}) is None, error.fields
        return
    assert first_misfit(again, labels) == first_misfit(found, labels)


@given(names, values, st.dictionaries(names, values, max_size=4))
def test_an_operator_and_its_opposite_never_both_fit(name: str, value: str, labels: dict[str, str]) -> None:
    for is_regex, text in ((False, value), (True, re.escape(value))):
        yes, no = (Matcher(name, text, is_regex=is_regex, is_equal=equal) for equal in (True, False))
        assert yes.fits(labels) is not no.fits(labels)


@given(st.text(st.sampled_from("ab.*+?|(){}[]\\^$1,:P<>i="), max_size=14), st.text(st.sampled_from("ab1"), max_size=30))
def test_it_takes_or_refuses_every_pattern_and_comes_to_an_end(pattern: str, text: str) -> None:
    try:
        regexes.compiled(pattern)
    except Invalid:
        return
    regexes.fits(pattern, text)
