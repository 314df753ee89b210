"""Any questionnaire file: which format it is in, and what it holds."""

from dataclasses import replace

from surveys.document import parse
from surveys.interchange import limesurvey, redcap, xlsform
from surveys.interchange.files import is_xml, read_tables
from surveys.interchange.report import ImportReport


def read_questionnaire(content: bytes, name: str, *, language: str = "") -> ImportReport:
    """Return the questionnaire in a file. What the file is, its content says, not its name.

    The language is that of texts of which the file doesn't say it.

    Raises
    ------
    QuestionnaireError
        With every problem, its place, and what to do.
    """
    if is_xml(content):
        return limesurvey.read(content, name)
    tables = read_tables(content)
    if redcap.is_dictionary(tables):
        return redcap.read_sheets(tables, name, language=language)
    return xlsform.read_sheets(tables, name, language=language)


def under_name(report: ImportReport, **names: str) -> ImportReport:
    """Return the same questionnaire under another `code`, `version` or `age_band`.

    Raises
    ------
    DocumentError
        If a name is not allowed.
    """
    data = report.document_data | {key: name for key, name in names.items() if name}
    return replace(report, document_data=data, document=parse(data))
