"""What is collected for translation, and what is wrong with a translation."""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from allclear.domain.priority import assess, default_matrix
from allclear.kernel.words import as_data, from_data, in_language, joined, listed, say, say_many
from tests.languages.conftest import script

messages = script("messages")
untranslated = script("untranslated").untranslated


def ids(found: Any) -> list[Any]:
    return [text if isinstance(text, str) else tuple(text) for _, text, _, _ in found]


def test_it_collects_what_a_template_marks() -> None:
    text = """
<p>
        {% translate "Log incident" %}
  {% blocktranslate trimmed count n=rows %}
      {{ n }} task is open
    {% plural %}
      {{ n }} tasks are open
  {% endblocktranslate %}
    {% verb _("Hold") url %}{{ name|default:_("nobody yet") }} {% translate "May" context "month" %}
</p>"""
    assert ids(messages.of_template(text)) == [
        "Log incident",
        ("%(n)s task is open", "%(n)s tasks are open"),
        "Hold",
        "nobody yet",
        "May",
    ]
    assert [context for *_, context in messages.of_template(text)][-1] == "month"


def test_it_collects_what_python_marks() -> None:
    code = """
raise Refused(say("Finish {count} first.", count=1) if x else say_many("one", "{count} many", n))
WORDS = {"a": marked("A"), "b": gettext_lazy("B" " and C")}
ngettext("day", "days", n); say(f"{glued}"); say(variable)
"""
    assert ids(messages.of_python(code)) == [
        "Finish {count} first.", ("one", "{count} many"), "A", "B and C", ("day", "days"),
    ]  # fmt: skip


def test_it_collects_what_the_browsers_code_marks() -> None:
    code = "const a: Record<string, string> = { x: gettext('Saved.') };\nngettext(`one`, `{count} many`, n); say('no');"
    assert ids(messages.of_script(code)) == ["Saved.", ("one", "{count} many")]


def test_it_finds_words_in_templates_that_nobody_marked() -> None:
    text = '<p title="Hi there">\n{% translate "ok" %} go on <kbd>Enter</kbd> {{ x|default:"no one yet" }}</p>'
    text += (
        '\n{% verb "Hold on" url %}{% verb _("Resume") url %}<img alt="{% translate "A map" %}"> Allclear · {{ n }} %'
    )
    assert untranslated(text) == [(1, "Hi there"), (2, "go on"), (2, "no one yet"), (3, "Hold on")]


def catalogue(english: str | tuple[str, str], german: str | tuple[str, str]) -> list[str]:
    new, old = Catalog(), Catalog(locale="de")
    new.add(english)
    old.add(english, german)
    return list(messages.problems(old, new, complete=True))


@pytest.mark.parametrize(
    ("english", "german", "fault"),
    [
        ("Put on hold until {until}", "Zurückgestellt bis {bis}", "{bis} is not in the source"),
        ("Put on hold until {until}", "Zurückgestellt", "{until} is missing"),
        ("%(n)s of %(all)s", "%(n)s von vielen", "%(all)s is missing"),
        ("Read <b>all</b>", "Alles lesen", "the mark-up differs"),
        (("{count} task", "{count} tasks"), ("{count} Aufgabe", "{number} Aufgaben"), "{number} is not in the source"),
        ("Hold", "", "not translated"),
    ],
)
def test_it_finds_a_broken_translation(english: Any, german: Any, fault: str) -> None:
    assert any(fault in problem for problem in catalogue(english, german))


def test_it_accepts_a_translation_that_orders_its_words_anew() -> None:
    assert catalogue("{a} of {b}", "{b}: davon {a}") == []
    assert catalogue(("One task", "{count} tasks"), ("Eine Aufgabe", "{count} Aufgaben")) == []
    assert catalogue("50 %% of %(all)s", "50 %% von %(all)s") == []


def test_it_finds_what_was_not_collected_and_what_is_gone() -> None:
    new, old = Catalog(), Catalog(locale="de")
    new.add("Added text", locations=[("a.py", 3)])
    old.add("Gone text", "Weg")
    found = list(messages.problems(old, new, complete=False))
    assert any("not collected yet: 'Added text' (a.py:3)" in problem for problem in found)
    assert any("no longer in the source: 'Gone text'" in problem for problem in found)


def test_it_keeps_translations_when_the_source_changes_and_comes_back() -> None:
    first, without = Catalog(), Catalog()
    first.add("Hold")
    first.add(("{count} task", "{count} tasks"))
    without.add(("{count} task", "{count} tasks"))
    old = Catalog(locale="de")
    old.add("Hold", "Zurückstellen")
    old.add(("{count} task", "{count} tasks"), ("{count} Aufgabe", "{count} Aufgaben"))

    def through_a_file(catalog: Catalog) -> Catalog:
        from io import BytesIO

        return read_po(BytesIO(messages.as_po(catalog).encode()), locale="de")

    gone = through_a_file(messages.merged(old, without, "de"))
    assert gone.get("Hold") is None
    back = messages.merged(gone, first, "de")
    assert back.get("Hold").string == "Zurückstellen"
    assert back.get("{count} task").string == ("{count} Aufgabe", "{count} Aufgaben")


def test_it_asks_again_for_a_text_that_now_has_another_number_of_forms() -> None:
    one, two = Catalog(), Catalog()
    one.add("{count} steps")
    two.add(("{count} steps", "{count} steps"))
    for new, before, words in ((one, two, ("{count} Schritt", "{count} Schritte")), (two, one, "{count} Schritte")):
        old = Catalog(locale="de")
        old.add(next(m.id for m in before if m.id), words)
        merged = messages.merged(old, new, "de")
        assert "Schritt" not in messages.as_po(merged)
        assert any("not translated" in problem for problem in messages.problems(merged, new, complete=True))


def test_it_writes_the_same_file_whenever_and_in_whatever_order_it_is_asked() -> None:
    one, other = Catalog(), Catalog()
    for text in ("B", "A", "{c} tasks"):
        one.add(text, locations=[("a.py", 1)])
    for text in ("{c} tasks", "A", "B"):
        other.add(text, locations=[("b.py", 9)])
    empty = Catalog(locale="de")
    texts = [messages.as_po(messages.merged(empty, new, "de")) for new in (one, other)]
    assert texts[0] == texts[1]
    assert "Date" not in texts[0]
    assert "a.py" not in texts[0]


def test_its_catalogues_have_no_broken_translation() -> None:
    paths = sorted(Path(messages.LOCALE).glob("*/LC_MESSAGES/*.po"))
    assert {path.parent.parent.name for path in paths} == {"de", "es"}
    for path in paths:
        with path.open("rb") as file:
            catalog = read_po(file)
        broken = [fault for message in catalog if message.id for fault in messages.faults(message)]
        assert broken == [], path


def test_it_says_a_stored_sentence_again_with_all_that_was_put_into_it() -> None:
    german = {
        "{verb} is not possible.": "„{verb}“ geht nicht.", "Hold": "Zurückstellen", "{count} task": "{count} Aufgabe",
    }  # fmt: skip
    null = gettext.NullTranslations()

    def many(one: str, more: str, n: int) -> str:
        return "{count} Aufgaben" if n != 1 else german.get(one, null.ngettext(one, more, n))

    text = joined((say("{verb} is not possible.", verb=say("Hold")), say_many("{count} task", "{count} tasks", 2)))
    assert text == "Hold is not possible. 2 tasks"
    again = from_data(str(text), as_data(text))
    assert in_language(again, lambda t: german.get(t, t), many) == "„Zurückstellen“ geht nicht. 2 Aufgaben"
    assert listed(("a", "b")) == "a, b"


def test_its_traces_can_be_stored_and_said_again() -> None:
    trace = assess(default_matrix(), 2, 1, is_vip=False).trace
    data = trace.as_data()
    german = {"P{priority} because impact is {impact} and urgency is {urgency}": "P{priority}: {urgency}, {impact}"}
    again = from_data(data["summary"], data["said"]["summary"])
    assert in_language(again, lambda t: german.get(t, t), lambda a, b, n: a) == "P2: High, Medium"
