"""What the columns mean: as a page for people, and as DDI-Codebook 2.5 for data archives."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from surveys import interface
from surveys.document import Document
from surveys.encoding import NotAnswered
from surveys.exporting.variables import Layout, Measure, Variable
from surveys.xml_text import xml_text

NAMESPACE = "ddi:codebook:2_5"
_NATURE = {Measure.NOMINAL: "nominal", Measure.ORDINAL: "ordinal", Measure.SCALE: "interval"}


@dataclass(frozen=True, slots=True)
class Description:
    """All that a codebook tells of an export."""

    document: Document
    layout: Layout
    language: str
    codes: Mapping[NotAnswered, int]
    purpose: str
    #: Name of a table → its rows and columns.
    tables: Mapping[str, tuple[int, int]]

    @property
    def title(self) -> str:
        titles = self.document.title
        return titles.get(self.language) or titles[self.document.source_language]

    def values(self, variable: Variable) -> list[tuple[int, str, bool]]:
        """Return value, label and whether it stands for no answer."""
        given = [(value, text, False) for value, text in variable.labels.items()]
        gaps = [(self.codes[reason], text, True) for reason, text in variable.reasons.items()]
        return given + gaps


def html_codebook(about: Description, linkage: Mapping[str, object]) -> str:
    """Return one page that a screen reader can read, in the language of the export."""
    with translation.override(about.language):
        return render_to_string(
            "surveys/export/codebook.html",
            {
                "about": about,
                "language": about.language,
                "direction": interface.direction(about.language),
                "linkage": linkage,
                "variables": [
                    {"it": variable, "values": about.values(variable)}
                    for variable in about.layout.long
                ],
            },
        )


def ddi_codebook(about: Description) -> bytes:
    """Return the same as XML; the order of elements is the one that the schema asks for."""
    root = ET.Element(
        "codeBook", {"xmlns": NAMESPACE, "version": "2.5", "xml:lang": about.language}
    )
    with translation.override(about.language):
        _describe_study(root, about)
        for number, (name, size) in enumerate(about.tables.items(), 1):
            _describe_file(root, f"F{number}", name, size)
        data = _add(root, "dataDscr")
        _describe_scales(data, about)
        for number, variable in enumerate(about.layout.long, 1):
            _describe_variable(data, f"V{number}", variable, about)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add(parent: ET.Element, tag: str, text: object = None, /, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    if text is not None:
        element.text = xml_text(text)
    return element


def _describe_study(root: ET.Element, about: Description) -> None:
    document = about.document
    for part in ("docDscr", "stdyDscr"):
        described = _add(root, part)
        titles = _add(_add(described, "citation"), "titlStmt")
        _add(titles, "titl", about.title)
        _add(titles, "IDNo", f"{document.code} {document.version}")
    study = root[-1]
    if document.citation:
        _add(study[0], "biblCit", document.citation)
    abstract = document.description or {}
    text = abstract.get(about.language) or abstract.get(document.source_language, "")
    if text:
        _add(_add(study, "stdyInfo"), "abstract", text)
    use = _add(_add(study, "dataAccs"), "useStmt")
    _add(use, "conditions", _("Only for: %(purpose)s.") % {"purpose": about.purpose})
    if document.licence:
        _add(use, "conditions", document.licence)


def _describe_file(root: ET.Element, key: str, name: str, size: tuple[int, int]) -> None:
    described = _add(root, "fileDscr", ID=key)
    text = _add(described, "fileTxt")
    _add(text, "fileName", name)
    dimensions = _add(text, "dimensns")
    _add(dimensions, "caseQnty", size[0])
    _add(dimensions, "varQnty", size[1])
    _add(text, "fileType", "CSV, SPSS, Stata")
    if key != "F1":
        _add(described, "notes", _("The columns of the first file, with _w and the wave's number."))


def _describe_scales(data: ET.Element, about: Description) -> None:
    places = {variable.item_key: f"V{n}" for n, variable in enumerate(about.layout.long, 1)}
    for scale in about.document.scales:
        title = scale.title.get(about.language) or scale.title[about.document.source_language]
        members = " ".join(places[entry.key] for entry in scale.items)
        group = _add(data, "varGrp", ID=f"G{len(data) + 1}", type="other", otherType="scale")
        group.set("var", members)
        _add(group, "labl", title)


def _describe_variable(data: ET.Element, key: str, variable: Variable, about: Description) -> None:
    element = _add(data, "var", ID=key, name=variable.name, files="F1")
    element.set("nature", _NATURE[variable.measure])
    element.set("intrvl", "contin" if variable.measure == Measure.SCALE else "discrete")
    if not variable.is_text:
        element.set("dcml", str(variable.decimals))
    _add(element, "labl", variable.label)
    if variable.item_key:
        _add(_add(element, "qstn"), "qstnLit", variable.label)
        _add(
            _add(element, "valrng"),
            "range",
            min=str(variable.minimum),
            max=str(variable.maximum),
        )
        gaps = _add(element, "invalrng")
        for code in about.codes.values():
            _add(gaps, "item", VALUE=str(code))
    for value, label, is_gap in about.values(variable):
        category = _add(element, "catgry", missing="Y" if is_gap else "N")
        _add(category, "catValu", value)
        _add(category, "labl", label)
    _add(element, "varFormat", type="character" if variable.is_text else "numeric")
