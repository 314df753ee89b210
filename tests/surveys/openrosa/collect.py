"""A phone with ODK Collect, as the OpenRosa protocol describes one.

Written from the specification (https://docs.getodk.org/openrosa/) and what Collect insists on, not
from our code: it knows addresses, headers and XML, and nothing of this project.
"""

import hashlib
import http.client
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from defusedxml.ElementTree import fromstring

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"
XF = "{http://www.w3.org/2002/xforms}"
H = "{http://www.w3.org/1999/xhtml}"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> str:
        return str(fromstring(self.body).findtext(f"{RESPONSE}message") or "")

    @property
    def nature(self) -> str:
        found: ET.Element | None = fromstring(self.body).find(f"{RESPONSE}message")
        return "" if found is None else found.get("nature", "")


@dataclass(frozen=True)
class Form:
    identity: str
    name: str
    version: str
    xml: bytes

    @property
    def model(self) -> ET.Element:
        found: ET.Element | None = fromstring(self.xml).find(f"{H}head/{XF}model")
        assert found is not None
        return found

    @property
    def controls(self) -> dict[str, ET.Element]:
        """Return the last part of each control's path → the control."""
        body = fromstring(self.xml).find(f"{H}body")
        assert body is not None
        return {
            control.get("ref", "").rpartition("/")[2]: control
            for control in body.iter()
            if control.tag in {f"{XF}{kind}" for kind in ("input", "select", "select1")}
        }

    def texts(self, language: str) -> dict[str, str]:
        """Return the texts of a language by their ids."""
        for translation in self.model.iter(f"{XF}translation"):
            if f"({language})" in translation.get("lang", ""):
                return {
                    text.get("id", ""): "".join(text.find(f"{XF}value").itertext())  # type: ignore[union-attr] # a text has a value
                    for text in translation.iter(f"{XF}text")
                }
        raise AssertionError(language)

    def label(self, element: ET.Element, language: str) -> str:
        reference = element.find(f"{XF}label")
        assert reference is not None
        found = re.fullmatch(r"jr:itext\('(.+)'\)", reference.get("ref", ""))
        assert found
        return self.texts(language)[found[1]]

    def question(self, label: str, language: str = "en") -> str:
        """Return the name of the node that is asked for so."""
        named = [
            name
            for name, control in self.controls.items()
            if self.label(control, language) == label
        ]
        assert len(named) == 1, (label, named)
        return named[0]

    def option(self, name: str, label: str, language: str = "en") -> str:
        """Return the value of the option that is shown so."""
        for item in self.controls[name].iter(f"{XF}item"):
            if self.label(item, language) == label:
                return item.findtext(f"{XF}value") or ""
        raise AssertionError(label)

    def filled(self, values: Mapping[str, str], instance_id: str = "") -> bytes:
        """Return the form's own instance with these texts in its nodes."""
        root = self.model.find(f"{XF}instance/*")
        assert root is not None
        remaining = dict(values)
        for node in root.iter():
            name = node.tag.rpartition("}")[2]
            if name in remaining:
                node.text = remaining.pop(name)
            elif name == "instanceID":
                node.text = instance_id or f"uuid:{uuid.uuid4()}"
        assert not remaining, remaining
        written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return written


class Phone:
    """Talks to a server at a base address; checks on each reply what Collect checks."""

    def __init__(self, base: str, language: str = "en") -> None:
        self.base = base
        self.language = language

    def request(
        self,
        method: str,
        address: str,
        body: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        url = urlsplit(address if "://" in address else self.base + address)
        line = http.client.HTTPConnection(url.netloc, timeout=30)
        sent = {
            "X-OpenRosa-Version": "1.0",
            "Date": "Wed, 25 Nov 2026 07:00:00 GMT",
            "Accept-Language": self.language,
            "User-Agent": "org.odk.collect.android",
            **(headers or {}),
        }
        path = url.path + (f"?{url.query}" if url.query else "")
        line.request(method, path, body, sent, encode_chunked=not isinstance(body, bytes | None))
        answer = line.getresponse()
        reply = Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        line.close()
        assert reply.headers["x-openrosa-version"] == "1.0"
        assert "date" in reply.headers
        return reply

    def list_forms(self, query: str = "") -> list[Form]:
        reply = self.request("GET", f"/formList{query}")
        assert reply.status == 200, reply
        assert "text/xml" in reply.headers["content-type"]
        root = fromstring(reply.body)
        assert root.tag == f"{LIST}xforms"
        return [self.download(entry) for entry in root.iter(f"{LIST}xform")]

    def download(self, entry: ET.Element) -> Form:
        told = {child.tag.removeprefix(LIST): child.text or "" for child in entry}
        assert told["formID"]
        assert told["name"]
        reply = self.request("GET", told["downloadUrl"])
        assert reply.status == 200
        assert told["hash"] == f"md5:{hashlib.md5(reply.body, usedforsecurity=False).hexdigest()}"
        if "manifestUrl" in told:
            media = self.request("GET", told["manifestUrl"])
            assert "text/xml" in media.headers["content-type"]
            assert fromstring(media.body).tag == f"{MANIFEST}manifest"
        form = Form(told["formID"], told["name"], told["version"], reply.body)
        root = form.model.find(f"{XF}instance/*")
        assert root is not None
        assert (root.get("id"), root.get("version")) == (form.identity, form.version)
        return form

    def submit(
        self,
        xml: bytes,
        *,
        files: Mapping[str, bytes] | None = None,
        is_incomplete: bool = False,
        is_chunked: bool = False,
        content_type: str = "text/xml; charset=UTF-8",
    ) -> Reply:
        head = self.request("HEAD", "/submission?deviceID=collect%3Aabc")
        assert head.status == 204
        assert int(head.headers["x-openrosa-accept-content-length"]) > len(xml)
        boundary = uuid.uuid4().hex
        body = b"".join(_parts(boundary, xml, files or {}, content_type, is_incomplete))
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        target = head.headers.get("location", "/submission")
        if not is_chunked:
            return self.request("POST", target, body, headers)
        pieces = (body[start : start + 700] for start in range(0, len(body), 700))
        return self.request("POST", target, pieces, headers | {"Transfer-Encoding": "chunked"})


def _parts(
    boundary: str,
    xml: bytes,
    files: Mapping[str, bytes],
    content_type: str,
    is_incomplete: bool,  # noqa: FBT001 - private, and handed on
) -> Iterator[bytes]:
    yield from _part(boundary, "xml_submission_file", "form.xml", content_type, xml)
    for name, content in files.items():
        yield from _part(boundary, name, name, "image/jpeg", content)
    if is_incomplete:
        yield f"--{boundary}\r\n".encode()
        yield b'Content-Disposition: form-data; name="*isIncomplete*"\r\n\r\nyes\r\n'
    yield f"--{boundary}--\r\n".encode()


def _part(
    boundary: str, name: str, file_name: str, content_type: str, content: bytes
) -> Iterator[bytes]:
    yield f"--{boundary}\r\n".encode()
    yield f'Content-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'.encode()
    yield f"Content-Type: {content_type}\r\n\r\n".encode()
    yield content + b"\r\n"
