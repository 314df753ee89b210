"""A wave's questionnaire as an XForm, in all its languages at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree import ElementTree as ET

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from surveys import interface
from surveys.document import Document, Kind, Section, Text
from surveys.models import LinkageMode, Wave, WaveKind
from surveys.openrosa import drawing
from surveys.openrosa.nodes import (
    BEGUN,
    CARD,
    CARD_TYPED,
    CONSENT,
    LANGUAGE,
    RECEIPT,
    ROOT,
    Asked,
    asked,
    form_id,
    has_card,
)
from surveys.presentation import complete_languages
from surveys.services import LONGEST_TEXT, codec_of
from surveys.xml_text import xml_text

_NAMESPACES = {
    "xmlns": "http://www.w3.org/2002/xforms",
    "xmlns:h": "http://www.w3.org/1999/xhtml",
    "xmlns:jr": "http://openrosa.org/javarosa",
    "xmlns:odk": "http://www.opendatakit.org/xforms",
    "xmlns:orx": "http://openrosa.org/xforms",
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
}
#: Says the same in every language; called where that language is spoken.
Words = Callable[[str], str]


def form_of(wave: Wave) -> bytes:
    """Return the form; the same wave always gives the same bytes."""
    return _form(
        _Asking(
            wave.pk,
            wave.kind,
            wave.plan.linkage_mode,
            wave.plan.version.content_hash,
            settings.SUPPORT_CONTACT,
        )
    )


def title_of(wave: Wave, language: str) -> str:
    """Return what the list of forms calls it: the questionnaire, and which asking it is."""
    document = codec_of(wave.plan.version).document
    return _title(document, wave.kind, language)


def _title(document: Document, kind: str, language: str) -> str:
    title = document.title.get(language) or document.title[document.source_language]
    with translation.override(interface.spoken(language)):
        return xml_text(f"{title} – {WaveKind(kind).label}")


@dataclass(frozen=True, slots=True)
class _Asking:
    """Everything that shows in a wave's form."""

    wave: int
    kind: str
    linkage_mode: str
    content_hash: str
    support_contact: str


@lru_cache(maxsize=128)
def _form(asking: _Asking) -> bytes:
    return _Form(Wave.objects.with_questionnaire().get(pk=asking.wave)).write()


@dataclass
class _Form:
    """Fills the four parts of an XForm side by side: instance, binds, texts, controls."""

    wave: Wave
    instance: ET.Element = field(default_factory=lambda: ET.Element("data"))
    binds: list[ET.Element] = field(default_factory=list)
    body: ET.Element = field(default_factory=lambda: ET.Element("h:body"))
    texts: dict[str, dict[str, ET.Element]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.document = codec_of(self.wave.plan.version).document
        names = {entry["code"]: entry["name"] for entry in complete_languages(self.document)}
        source = self.document.source_language
        #: Code → own name; whatever is missing somewhere, the source language is there.
        self.languages = {source: names.get(source, source), **names}
        self.texts = {language: {} for language in self.languages}
        self.asked = {question.item.key: question for question in asked(self.document)}

    def write(self) -> bytes:
        self.instance.set("id", form_id(self.wave, self.document))
        self.instance.set("version", self.document.version)
        self._ask_before()
        for section in self.document.sections:
            self._section(section)
        if self.wave.plan.linkage_mode == LinkageMode.ANONYMOUS:
            self._give_receipt()
        meta = ET.SubElement(self.instance, "orx:meta")
        ET.SubElement(meta, "orx:instanceID")
        self._bind("orx:meta/orx:instanceID", type="string", readonly="true()", **_PRELOAD_UID)
        return self._assembled()

    def _assembled(self) -> bytes:
        root = ET.Element("h:html", _NAMESPACES)
        head = ET.SubElement(root, "h:head")
        title = ET.SubElement(head, "h:title")
        title.text = _title(self.document, self.wave.kind, self.document.source_language)
        model = ET.SubElement(head, "model", {"odk:xforms-version": "1.0.0"})
        itext = ET.SubElement(model, "itext")
        for language, texts in self.texts.items():
            name = {"lang": f"{self.languages[language]} ({language})"}
            if language == self.document.source_language:
                name["default"] = "true()"
            ET.SubElement(itext, "translation", name).extend(texts.values())
        ET.SubElement(model, "instance").append(self.instance)
        model.extend(self.binds)
        root.append(self.body)
        ET.indent(root)
        written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return written + b"\n"

    # Texts ----------------------------------------------------------------------------------------

    def _say(self, key: str, words: Words) -> str:
        """Note a text in every language, and return the reference to it."""
        for language, texts in self.texts.items():
            with translation.override(interface.spoken(language)):
                text = ET.Element("text", {"id": key})
                drawing.fill(ET.SubElement(text, "value"), xml_text(words(language)))
            texts[key] = text
        return f"jr:itext('{key}')"

    def _in_document(self, text: Text) -> Words:
        source = self.document.source_language
        return lambda language: drawing.plain(text.get(language) or text[source])

    # Nodes and controls ---------------------------------------------------------------------------

    def _node(self, path: str) -> None:
        parent = self.instance
        *groups, name = path.split("/")
        for group in groups:
            found = parent.find(group)
            parent = ET.SubElement(parent, group) if found is None else found
        ET.SubElement(parent, name)

    def _bind(self, path: str, **attributes: str) -> None:
        named = {name.replace("__", ":"): value for name, value in attributes.items() if value}
        self.binds.append(ET.Element("bind", {"nodeset": f"{ROOT}/{path}", **named}))

    def _control(
        self, parent: ET.Element, tag: str, path: str, label: Words, hint: Words | None = None
    ) -> ET.Element:
        """Add a node with a control for it."""
        self._node(path)
        control = ET.SubElement(parent, tag, {"ref": f"{ROOT}/{path}"})
        ET.SubElement(control, "label", {"ref": self._say(f"{path}:label", label)})
        if hint is not None:
            ET.SubElement(control, "hint", {"ref": self._say(f"{path}:hint", hint)})
        return control

    def _option(self, control: ET.Element, key: str, value: object, label: Words) -> None:
        option = ET.SubElement(control, "item")
        ET.SubElement(option, "label", {"ref": self._say(key, label)})
        ET.SubElement(option, "value").text = str(value)

    def _note(self, parent: ET.Element, path: str, words: Words) -> None:
        self._control(parent, "input", path, words)
        self._bind(path, type="string", readonly="true()")

    # Before the questions -------------------------------------------------------------------------

    def _ask_before(self) -> None:
        self._node(BEGUN)
        self._bind(BEGUN, type="dateTime", jr__preload="timestamp", jr__preloadParams="start")
        self._ask_language()
        if has_card(self.wave):
            self._ask_card()
        self._ask_consent()

    def _ask_language(self) -> None:
        control = self._control(self.body, "select1", LANGUAGE, lambda _language: _("Language"))
        for code, name in self.languages.items():
            self._option(control, f"{LANGUAGE}:{code}", code, _always(name))
        self._bind(LANGUAGE, type="string", required="true()", **self._required(LANGUAGE))

    def _ask_card(self) -> None:
        self._control(
            self.body,
            "input",
            CARD,
            lambda _language: _("Scan the code on the card"),
            lambda _language: _("If it can’t be scanned, go on: the next page takes it typed."),
        )
        self._bind(CARD, type="barcode")
        self._control(
            self.body,
            "input",
            CARD_TYPED,
            lambda _language: _("Type the eight characters on the card"),
        )
        wrong = self._say(
            f"{CARD_TYPED}:constraint",
            lambda _language: _("This code has a typing mistake. Look at your card and try again."),
        )
        self._bind(
            CARD_TYPED,
            type="string",
            relevant=f"{ROOT}/{CARD} = ''",
            required="true()",
            constraint="string-length(.) >= 8 and string-length(.) <= 14",
            jr__constraintMsg=wrong,
            **self._required(CARD_TYPED),
        )

    def _ask_consent(self) -> None:
        mode, age_band = self.wave.plan.linkage_mode, self.document.age_band
        self._note(
            self.body,
            f"{CONSENT}_note",
            lambda _language: "\n\n".join(map(str, interface.consent_introduction(mode, age_band))),
        )
        control = self._control(
            self.body, "select", CONSENT, lambda _language: _("What do you agree to?")
        )
        for scope, text in interface.consent_scopes(mode).items():
            self._option(control, f"{CONSENT}:{scope}", scope, _translated(text))
        message = self._say(
            f"{CONSENT}:constraint",
            lambda _language: _("To take part, tick the first sentence."),
        )
        self._bind(
            CONSENT,
            type="string",
            required="true()",
            constraint=f"selected(., '{interface.NEEDED_CONSENT}')",
            jr__constraintMsg=message,
            **self._required(CONSENT),
        )

    def _required(self, path: str) -> dict[str, str]:
        message = self._say(f"{path}:required", lambda _language: _("Please answer this question."))
        return {"jr__requiredMsg": message}

    # Questions ------------------------------------------------------------------------------------

    def _section(self, section: Section) -> None:
        place = f"s{self.document.sections.index(section) + 1}"
        group = ET.SubElement(self.body, "group", {"ref": f"{ROOT}/{place}"})
        label = self._say(f"{place}:label", self._in_document(section.title))
        ET.SubElement(group, "label", {"ref": label})
        if section.introduction:
            self._note(group, f"{place}/{place}_note", self._in_document(section.introduction))
        for item in section.items:
            self._question(group, place, self.asked[item.key])
        support = self.document.support
        if support and support.after == section.key:
            self._note(
                group, f"{place}/{place}_support", self._support(support.title, support.text)
            )

    def _support(self, title: Text, text: Text) -> Words:
        def words(language: str) -> str:
            told = interface.with_support(self._in_document(text)(language))
            return f"{self._in_document(title)(language)}\n\n{told}"

        return words

    def _question(self, group: ET.Element, place: str, question: Asked) -> None:
        item = question.item
        path = f"{place}/{question.name}"
        hint = self._in_document(item.hint) if item.hint else None
        control = self._control(group, _TAGS[item.kind], path, self._in_document(item.text), hint)
        for choice in item.choices:
            words = self._in_document(choice.text)
            self._option(control, f"{path}:{choice.value}", choice.value, words)
        if item.kind == Kind.CHOICE:
            self._reasons(control, path, question)
        self._bind(path, **self._rule(path, question))
        if question.has_reason_node:
            self._ask_reason(group, place, question)

    def _rule(self, path: str, question: Asked) -> dict[str, str]:
        """Return type, bounds, and whether there has to be an answer."""
        item = question.item
        rule = {"type": "int" if item.kind == Kind.NUMBER else "string"}
        if item.kind == Kind.NUMBER and item.numbers:
            step = item.numbers.step
            steps = f" and (. - {item.minimum}) mod {step} = 0" if step > 1 else ""
            rule["constraint"] = f". >= {item.minimum} and . <= {item.maximum}{steps}"
            bounds = {"minimum": item.minimum, "maximum": item.maximum}
            rule["jr__constraintMsg"] = self._say(
                f"{path}:constraint",
                lambda _language: (
                    _("Write a whole number from %(minimum)d to %(maximum)d, or leave it empty.")
                    % bounds
                ),
            )
        elif item.kind == Kind.TEXT:
            rule["constraint"] = f"string-length(.) <= {LONGEST_TEXT}"
            rule["jr__constraintMsg"] = self._say(
                f"{path}:constraint",
                lambda _language: (
                    _("Please write at most %(count)d characters.") % {"count": LONGEST_TEXT}
                ),
            )
        if item.required and not question.has_reason_node:
            rule |= {"required": "true()", **self._required(path)}
        return rule

    def _ask_reason(self, group: ET.Element, place: str, question: Asked) -> None:
        """Ask why there is no answer, where there is none."""
        path = f"{place}/{question.reason_name}"
        control = self._control(
            group, "select1", path, lambda _language: _("Why is there no answer?")
        )
        self._reasons(control, path, question)
        rule = {"type": "string", "relevant": f"{ROOT}/{place}/{question.name} = ''"}
        if question.item.required:
            rule |= {"required": "true()", **self._required(path)}
        self._bind(path, **rule)

    def _reasons(self, control: ET.Element, path: str, question: Asked) -> None:
        for reason in question.item.not_answered:
            words = _translated(_REASONS[reason.value])
            self._option(control, f"{path}:{reason.value}", reason.value, words)

    # After ----------------------------------------------------------------------------------------

    def _give_receipt(self) -> None:
        """Draw a receipt on the phone: whoever has no card could not delete answers without."""
        for path, calculation in drawing.receipt_steps(ROOT, RECEIPT):
            self._node(path)
            self._bind(path, type="string", calculate=calculation)
        receipt = drawing.output(f"{ROOT}/{RECEIPT}")
        self._note(
            self.body,
            f"{RECEIPT}_note",
            lambda _language: str(interface.SCRIPT_WORDS["receipt"]).replace("{receipt}", receipt),
        )


_PRELOAD_UID = {"jr__preload": "uid"}
_TAGS = {
    Kind.CHOICE: "select1",
    Kind.MULTIPLE: "select",
    Kind.NUMBER: "input",
    Kind.TEXT: "input",
}
_REASONS: Mapping[str, str | Promise] = {
    reason.value: words for reason, words in interface.NOT_ANSWERED.items()
}


def _always(text: str) -> Words:
    return lambda _language: text


def _translated(text: str | Promise) -> Words:
    return lambda _language: str(text)
