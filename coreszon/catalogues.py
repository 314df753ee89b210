"""What there is to translate: read out of the code, and kept in one catalogue per language.

Babel does it, which is installed with the site; the programs of GNU gettext are not needed.
"""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

#: The function → where its arguments hold the context (c), the message and its plural.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TEMPLATE_ENDINGS = {".html", ".txt"}
HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: {}\n"

"""
#: The language that the code is written in.
SOURCE_LANGUAGE = "en"


def translated_languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != SOURCE_LANGUAGE]


def path_of(language: str) -> Path:
    folder: Path = settings.LOCALE_PATHS[0]
    return folder / to_locale(language) / "LC_MESSAGES" / "django.po"


def sources() -> Iterator[tuple[str, bytes]]:
    """Yield each file of our packages as Python, with its path: templates are turned into it."""
    for package in sorted(Path(config.path) for config in apps.get_app_configs()):
        if package.parent != settings.BASE_DIR:
            continue
        for path in sorted(package.rglob("*")):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            if path.suffix == ".py":
                yield name, path.read_bytes()
            elif path.suffix in TEMPLATE_ENDINGS and "templates" in path.parts:
                yield name, templatize(path.read_text(), origin=name).encode()


def extracted() -> Catalog:
    """Return every message of the code, without translations, with the files that use it."""
    catalog = Catalog()
    for name, source in sources():
        found = extract("python", BytesIO(source), KEYWORDS, options={"encoding": "utf-8"})
        for line, message, _comments, context in found:
            catalog.add(message, locations=[(name, line)], context=context)
    return catalog


def read(language: str) -> Catalog:
    """Return the catalogue of a language; of a new one, an empty one with its plural forms."""
    path = path_of(language)
    if not path.exists():
        return Catalog(to_locale(language))
    with path.open("rb") as file:
        return read_po(file, to_locale(language))


def update(language: str) -> None:
    """Bring a catalogue up to date: what is new is empty, what is gone is left out.

    Nothing is guessed from similar messages: a wrong guess would be shown to people.
    """
    catalog = read(language)
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        # A header of our own: neither dates that differ each time nor names to be filled in.
        file.write(HEADER.format(catalog.plural_forms).encode())
        write_po(
            file, catalog, width=100, omit_header=True, sort_by_file=True, include_lineno=False
        )


def untranslated(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id and not all(forms(message.string))]


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return a message as its plural forms, of which most have just one."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)
