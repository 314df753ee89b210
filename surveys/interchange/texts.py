"""Texts on their way into a document: plain, in declared languages, the source always there."""

from django.utils.translation import gettext as _

from surveys.document.node import PLACEHOLDER, UNSTORABLE
from surveys.interchange.draft import Draft, Words
from surveys.interchange.markup import is_markup, plain_text
from surveys.interchange.report import Place

LONGEST = 10_000
#: Stands where another programme would put an answer or a calculated value.
GAP = "…"


class Texts:
    """Cleans the texts of one draft and notes what changed."""

    def __init__(self, draft: Draft, source_language: str) -> None:
        self.draft = draft
        self.source = source_language
        #: Texts that the source language borrowed from another one: path → place in the file.
        self.borrowed: dict[str, Place] = {}

    def optional(self, words: Words, place: Place, path: str) -> Words | None:
        """Return the text, or None if there is none in any language."""
        cleaned = self._cleaned(words, place)
        return self.needed(words, place, path) if cleaned else None

    def needed(self, words: Words, place: Place, path: str, fallback: str = "") -> Words:
        """Return the text. What the source language lacks is borrowed from another, and said."""
        cleaned = self._cleaned(words, place)
        declared = {key: text for key, text in cleaned.items() if key in self.draft.languages}
        if self.source not in declared:
            self.borrowed[path] = place
            declared[self.source] = self._borrow(declared or cleaned, fallback or path, place)
        return self._with_equal_placeholders(declared, place)

    def _borrow(self, words: Words, fallback: str, place: Place) -> str:
        for language, text in words.items():
            self.draft.notices.warning(
                place,
                _("There is no text in %(source)s. The one in %(language)s stands in.")
                % {"source": self.source, "language": language},
            )
            return text
        message = _("There is no text at all. The name stands in.")
        self.draft.notices.warning(place, message)
        return fallback

    def _cleaned(self, words: Words, place: Place) -> Words:
        cleaned = {language: self._clean(text, place) for language, text in words.items()}
        # A dash among real texts is how some programmes write "not translated".
        return {
            language: text
            for language, text in cleaned.items()
            if text and not (text == "-" and len(set(cleaned.values())) > 1)
        }

    def _clean(self, text: str, place: Place) -> str:
        if len(text) > LONGEST:
            message = _("A text is longer than %(longest)d characters. Shorten it.")
            self.draft.refuse(place, message % {"longest": LONGEST})
            return text[:LONGEST]
        if UNSTORABLE.search(text):
            text = UNSTORABLE.sub(" ", text)
            self.draft.notices.changed(place, _("Control characters were taken out of a text."))
        if is_markup(text):
            plain = plain_text(text)
            self.draft.notices.changed(
                place, _("Formatting (HTML) was taken out of a text, and pictures with it.")
            )
            text = plain
        return self._without_piping(text).strip()

    def _without_piping(self, text: str) -> str:
        piping = self.draft.piping
        return piping.sub(GAP, text) if piping else text

    def note_piping(self, words: Words, place: Place) -> None:
        """Say which parts of a text another programme would have filled in."""
        piping = self.draft.piping
        for text in words.values():
            for found in piping.finditer(text) if piping else []:
                self.draft.notices.changed(
                    place,
                    _("“%(part)s” would be filled in while asking. “%(gap)s” stands in its place.")
                    % {"part": found[0], "gap": GAP},
                )

    def _with_equal_placeholders(self, words: Words, place: Place) -> Words:
        """Write braces as parentheses where a translation doesn't have the same ones."""
        found = {tuple(sorted(PLACEHOLDER.findall(text))) for text in words.values()}
        if len(found) == 1:
            return words
        self.draft.notices.changed(
            place,
            _("Words in braces differ between the languages. They are in parentheses now."),
        )
        return {
            language: PLACEHOLDER.sub(lambda brace: f"({brace[0][1:-1]})", text)
            for language, text in words.items()
        }
