"""The tables of a LimeSurvey file. Entities, document types and the network are off."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from surveys.importing.readers.child import UnreadableError, run


@dataclass
class Tags:
    kind: str
    database_version: str
    languages: list[str]
    #: Name → rows of name → text.
    tables: dict[str, list[dict[str, str]]]


def read(path: Path, options: Mapping[str, Any]) -> Tags:
    try:
        root = fromstring(path.read_bytes(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnreadableError("entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableError("broken_xml") from error
    if root.tag != "document":
        raise UnreadableError("not_a_questionnaire")
    tables = {table.tag: _rows(table, options) for table in root if table.find("rows") is not None}
    return Tags(
        kind=root.findtext("LimeSurveyDocType", "").strip(),
        database_version=root.findtext("DBVersion", "").strip(),
        languages=[
            language.text.strip()
            for language in root.iterfind("languages/language")
            if language.text
        ],
        tables=tables,
    )


def _rows(table: Element, options: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = table.findall("rows/row")
    if len(rows) > options["rows"]:
        raise UnreadableError("too_long", rows=options["rows"], columns=options["columns"])
    return [{entry.tag: (entry.text or "").strip() for entry in row} for row in rows]


if __name__ == "__main__":
    run(read)
