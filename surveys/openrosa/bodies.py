"""The XML that the protocol answers with."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from surveys.xml_text import xml_text

_LIST = "http://openrosa.org/xforms/xformsList"
_MANIFEST = "http://openrosa.org/xforms/xformsManifest"
_RESPONSE = "http://openrosa.org/http/response"


@dataclass(frozen=True, slots=True)
class ListedForm:
    identity: str
    name: str
    version: str
    content: bytes
    description: str
    address: str
    manifest_address: str


def form_list(forms: Iterable[ListedForm], *, is_verbose: bool) -> bytes:
    root = ET.Element("xforms", {"xmlns": _LIST})
    for form in forms:
        entry = ET.SubElement(root, "xform")
        digest = hashlib.md5(form.content, usedforsecurity=False).hexdigest()
        described = {"descriptionText": form.description} if is_verbose else {}
        told = {
            "formID": form.identity,
            "name": form.name,
            "version": form.version,
            "hash": f"md5:{digest}",
            **described,
            "downloadUrl": form.address,
            "manifestUrl": form.manifest_address,
        }
        for tag, text in told.items():
            ET.SubElement(entry, tag).text = xml_text(text)
    return _written(root)


def manifest() -> bytes:
    """Return the list of a form's media: there are none, but the phone may ask."""
    return _written(ET.Element("manifest", {"xmlns": _MANIFEST}))


def message(text: str, nature: str = "") -> bytes:
    root = ET.Element("OpenRosaResponse", {"xmlns": _RESPONSE})
    ET.SubElement(root, "message", {"nature": nature} if nature else {}).text = xml_text(text)
    return _written(root)


def _written(root: ET.Element) -> bytes:
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
