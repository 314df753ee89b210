"""The formats that a questionnaire can be written in."""

from collections.abc import Callable

from surveys.document import Document
from surveys.interchange import fhir_out, redcap_out, xlsform_out
from surveys.interchange.loss import Export

WRITERS: dict[str, Callable[[Document, str], Export]] = {
    "xlsform": lambda document, _language: xlsform_out.write(document),
    "redcap": redcap_out.write,
    "fhir": lambda document, _language: fhir_out.write(document),
}


def write_questionnaire(document: Document, file_format: str, language: str = "") -> Export:
    """Return the questionnaire as a file. Only a REDCap dictionary has one language.

    Raises
    ------
    ValueError
        If the questionnaire is not complete in the language.
    """
    return WRITERS[file_format](document, language)
