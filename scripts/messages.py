"""The texts for people in other languages: what is to be translated, and what is.

    scripts/messages.py update    put new texts of the source into src/allclear/locale/*/LC_MESSAGES/*.po
    scripts/messages.py compile   write the .mo files that the program reads
    scripts/messages.py check     say what is out of date or broken (--complete: and what is untranslated)

docs/languages.md says how to mark a text and how to translate it.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "allclear"
SCRIPTS = ROOT / "frontend" / "src"
LOCALE = SOURCE / "locale"
LANGUAGES = ("de", "es")
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "say", "marked"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy", "say_many"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
SCRIPT_KEYWORDS: dict[str, Any] = {"gettext": None, "ngettext": (1, 2)}
DROPPED = re.compile(r'^"(Project-Id|POT|PO-Rev|Last-T|Language-Team|Report-|Generated-By)[\w-]*:.*\n', re.M)
Found = tuple[int, Any, list[str], "str | None"]


def of_template(text: str, name: str = "") -> Iterator[Found]:
    """The marked texts of a Django template."""
    code = "\n".join(line.strip() for line in templatize(text, origin=name).splitlines())
    yield from extract("python", io.BytesIO(code.encode()), KEYWORDS, ["Translators:"])


def of_python(text: str) -> Iterator[Found]:
    yield from extract("python", io.BytesIO(text.encode()), KEYWORDS, ["Translators:"])


def of_script(text: str) -> Iterator[Found]:
    yield from extract("javascript", io.BytesIO(text.encode()), SCRIPT_KEYWORDS, ["Translators:"])


def sources(domain: str) -> Iterator[tuple[Path, Iterable[Found]]]:
    """Every file of a domain with its marked texts. `django`: Python and templates; `djangojs`: the browser's code."""
    if domain == "djangojs":
        for path in sorted(SCRIPTS.rglob("*.ts")):
            yield path, of_script(path.read_text("utf-8"))
        return
    for path in sorted(SOURCE.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(SOURCE).parts):
            yield path, of_python(path.read_text("utf-8"))
    for path in sorted([*SOURCE.rglob("*.html"), *SOURCE.rglob("templates/**/*.txt")]):
        yield path, of_template(path.read_text("utf-8"), str(path.relative_to(ROOT)))


def template(domain: str) -> Catalog:
    """All texts of the source. The places are for messages of `check`; they are not written."""
    catalog = Catalog(domain=domain, project="Allclear", version="")
    for path, found in sources(domain):
        for line, text, comments, context in found:
            ids = text if isinstance(text, (list, tuple)) else (text,)
            if all(ids):
                one = tuple(ids) if len(ids) > 1 else ids[0]
                place = (str(path.relative_to(ROOT)), line)
                catalog.add(one, locations=[place], auto_comments=comments, context=context)
    return catalog


def stored(language: str, domain: str) -> Catalog:
    """The translations as they lie in the project; an empty catalogue when there are none yet."""
    path = po_path(language, domain)
    if path.exists():
        with path.open("rb") as file:
            return read_po(file, locale=language, domain=domain)
    return Catalog(locale=language, domain=domain)


def po_path(language: str, domain: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def merged(old: Catalog, new: Catalog, language: str) -> Catalog:
    """The texts of `new` with the translations of `old`. What is no longer used is kept as obsolete."""
    known = {_key(m): m for m in [*old.obsolete.values(), *old] if m.id and _is_translated(m)}
    result = Catalog(locale=language, domain=new.domain, project="Allclear", version="", header_comment="", fuzzy=False)
    for message in new:
        if message.id:
            before = known.pop(_key(message), None)
            if before and bool(before.pluralizable) != bool(message.pluralizable):
                before = None  # one form cannot stand for two, nor two for one
            entry = result.add(
                message.id,
                before.string if before else None,
                flags=set(before.flags & {"fuzzy"}) if before else (),
                auto_comments=message.auto_comments,
                user_comments=before.user_comments if before else (),
                context=message.context,
            )
            entry.flags -= {"python-format", "python-brace-format"}
    for key, message in sorted(known.items(), key=lambda pair: repr(pair[0])):
        result.obsolete[key] = message
    return result


def _key(message: Message) -> Any:
    one = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
    return (one, message.context) if message.context else one


def _forms(message: Message) -> list[str]:
    given = message.string
    return [str(form or "") for form in given] if isinstance(given, (list, tuple)) else [str(given or "")]


def _is_translated(message: Message) -> bool:
    return all(_forms(message))


def as_po(catalog: Catalog) -> str:
    """The file's text: sorted, without dates and places, so that two changes seldom meet."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, no_location=True, sort_output=True, omit_header=False)
    return DROPPED.sub("", out.getvalue().decode()).lstrip("\n")


def update() -> int:
    for domain in ("django", "djangojs"):
        new = template(domain)
        for language in LANGUAGES:
            path = po_path(language, domain)
            catalog = merged(stored(language, domain), new, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_po(catalog), "utf-8")
            left = sum(1 for m in catalog if m.id and (not _is_translated(m) or m.fuzzy))
            print(f"{path.relative_to(ROOT)}: {len(catalog)} texts, {left} to translate")
    return 0


def compile_all() -> int:
    """Write what is missing or older than its source, so that nobody reads half a file."""
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
            continue
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.parent.parent.name, domain=path.stem)
        draft = target.with_suffix(".new")
        with draft.open("wb") as out:
            write_mo(out, catalog)
        draft.replace(target)
    return 0


NAMED = re.compile(r"(?<!\{)\{(\w*)(?:[!:][^{}]*)?\}(?!\})|%\((\w+)\)[a-z]|%([sd])(?!\w)")
MARKUP = re.compile(r"</?[a-z]+\b", re.I)


def placeholders(text: str) -> set[str]:
    """{name}, %(name)s and %s of a text."""
    return {match.group(0) for match in NAMED.finditer(text.replace("%%", ""))}


def faults(message: Message) -> Iterator[str]:
    """What is wrong with a translation: a placeholder or a mark-up that is not its source's."""
    ids = list(message.id) if isinstance(message.id, (list, tuple)) else [message.id]
    wanted = [placeholders(text) for text in ids]
    allowed, needed = set.union(*wanted), set.intersection(*wanted)
    tags = {tuple(sorted(MARKUP.findall(text))) for text in ids}
    for form in filter(None, _forms(message)):
        has = placeholders(form)
        if strange := has - allowed:
            yield f"{', '.join(sorted(strange))} is not in the source"
        if missing := needed - has:
            yield f"{', '.join(sorted(missing))} is missing"
        if tuple(sorted(MARKUP.findall(form))) not in tags:
            yield "the mark-up differs from the source's"


def problems(catalog: Catalog, new: Catalog, complete: bool) -> Iterator[str]:
    """What keeps a catalogue from being shipped."""
    known = {_key(m): m for m in catalog if m.id}
    for key, message in {_key(m): m for m in new if m.id}.items():
        if key not in known or bool(message.pluralizable) != bool(known[key].pluralizable):
            place = message.locations[0] if message.locations else ("", 0)
            yield f"not collected yet: {_short(message)} ({place[0]}:{place[1]}); run scripts/messages.py update"
    for message in known.values():
        if new.get(message.id, message.context) is None:
            yield f"no longer in the source: {_short(message)}; run scripts/messages.py update"
        yield from (f"{_short(message)}: {fault}" for fault in faults(message))
        if complete and (message.fuzzy or not _is_translated(message)):
            yield f"{'to be looked at' if message.fuzzy else 'not translated'}: {_short(message)}"


def _short(message: Message) -> str:
    one = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
    return repr(one if len(one) <= 70 else f"{one[:69]}…")


def check(complete: bool) -> int:
    wrong = 0
    for domain in ("django", "djangojs"):
        new = template(domain)
        for language in LANGUAGES:
            for problem in problems(stored(language, domain), new, complete):
                print(f"{language}/{domain}: {problem}", file=sys.stderr)
                wrong += 1
    return 1 if wrong else 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Texts in other languages: collect, compile, check.")
    parser.add_argument("what", choices=("update", "compile", "check"))
    parser.add_argument("--complete", action="store_true", help="check: nothing may be untranslated or fuzzy")
    given = parser.parse_args(argv)
    if given.what == "check":
        return check(given.complete)
    return update() if given.what == "update" else compile_all()


if __name__ == "__main__":
    sys.exit(main())
