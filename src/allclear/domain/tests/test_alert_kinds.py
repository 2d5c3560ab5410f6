"""Settings of sources as they are given and as they are kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allclear.domain.alerts.kinds import LONGEST_TEXT, MOST_ENTRIES, Option, OptionKind, checked, filled
from allclear.kernel.errors import Invalid

OPTIONS = (
    Option("text", "Text", default="as it was"),
    Option("needed", "Needed", required=True, default="x"),
    Option("lines", "Lines", kind=OptionKind.LINES, default=("a", "b")),
    Option("switch", "Switch", kind=OptionKind.SWITCH, default=True),
    Option("table", "Table", kind=OptionKind.TABLE, values=("critical", "info")),
    Option("expression", "Expression", kind=OptionKind.EXPRESSION, default="a.b"),
)
DEFAULTS = {
    "text": "as it was", "needed": "x", "lines": ["a", "b"], "switch": True, "table": {}, "expression": "a.b",
}  # fmt: skip
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def test_it_fills_in_what_is_not_given() -> None:
    assert checked(OPTIONS, {}) == DEFAULTS
    assert checked(OPTIONS, dict.fromkeys(DEFAULTS)) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("text", "  word ", "word"),
        ("text", "", ""),
        ("lines", "one\r\n\n two \n", ["one", "two"]),
        ("lines", ["one", " "], ["one"]),
        ("lines", "", []),
        ("switch", False, False),
        ("switch", "on", True),
        ("switch", "No", False),
        ("switch", "", False),
        ("table", "sev-0 = critical\nlow=info\n", {"sev-0": "critical", "low": "info"}),
        ("table", {"low": "info"}, {"low": "info"}),
        ("expression", " a.b ", "a.b"),
    ],
)
def test_it_takes_what_forms_and_programs_give(name: str, value: Any, kept: Any) -> None:
    assert checked(OPTIONS, {name: value})[name] == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 5),
        ("text", "x" * (LONGEST_TEXT + 1)),
        ("needed", " "),
        ("lines", 5),
        ("lines", ["a", 5]),
        ("lines", ["x"] * (MOST_ENTRIES + 1)),
        ("switch", "perhaps"),
        ("switch", 1),
        ("table", "no equals sign"),
        ("table", "= critical"),
        ("table", "low = quiet"),
        ("table", "low=9=info"),
        ("table", {"low": 5}),
        ("table", ["low"]),
        ("table", {str(n): "info" for n in range(MOST_ENTRIES + 1)}),
        ("strange", "x"),
    ],
)
def test_it_names_the_setting_that_cannot_be_used(name: str, value: Any) -> None:
    with pytest.raises(Invalid) as error:
        checked(OPTIONS, {name: value})
    assert set(error.value.fields) == {name}
    assert error.value.fields[name].endswith(".")


def test_it_says_all_that_is_wrong_at_once() -> None:
    with pytest.raises(Invalid) as error:
        checked(OPTIONS, {"text": 5, "lines": 5, "strange": 5})
    assert set(error.value.fields) == {"text", "lines", "strange"}


@given(given_=st.dictionaries(st.sampled_from(sorted(DEFAULTS)) | st.text(max_size=5), ANYTHING, max_size=5))
def test_what_is_kept_is_taken_again_as_it_is(given_: dict[str, Any]) -> None:
    try:
        kept = checked(OPTIONS, given_)
    except Invalid as error:
        assert error.fields
        return
    assert checked(OPTIONS, kept) == kept
    assert set(kept) == set(DEFAULTS)


def test_it_fills_addresses_in() -> None:
    code = "{url} {base} {scheme} {host} {key}"
    words = ["https://a.example:8443/webhooks/k", "https://a.example:8443", "https", "a.example:8443", "k"]
    assert filled(code, "https://a.example:8443", "k").split() == words
    assert filled("{{ .Labels }} {EVENT.ID} ${x}", "https://a.example", "k") == "{{ .Labels }} {EVENT.ID} ${x}"
    assert filled("{mail_domain}", "https://a.example", "k", "mail.example") == "mail.example"
