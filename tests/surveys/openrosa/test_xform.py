"""The form that a phone downloads, judged by ODK's own tools."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from shutil import which
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from django.conf import settings
from pyxform.validators.odk_validate import ODKValidateError, check_xform

from communities.models import Community
from surveys import codes, receipts
from surveys.document import missing_strings, strings
from surveys.models import LinkageMode, Wave
from surveys.openrosa.drawing import receipt_steps
from surveys.openrosa.xform import form_of
from surveys.services import (
    create_plan,
    document_of,
    load_shipped_definitions,
    open_waves,
    publish_version,
)

XF = "{http://www.w3.org/2002/xforms}"
needs_java = pytest.mark.skipif(which("java") is None, reason="ODK Validate needs java")
pytestmark = pytest.mark.django_db


def validate(form: bytes, folder: Path) -> list[str]:
    path = folder / "form.xml"
    path.write_bytes(form)
    warnings: list[str] = check_xform(str(path))
    return warnings


def texts(form: bytes) -> dict[str, set[str]]:
    """Return name of the language → the texts that it has."""
    return {
        translation.get("lang", ""): {
            "".join(value.itertext()) for value in translation.iter(f"{XF}value")
        }
        for translation in fromstring(form).iter(f"{XF}translation")
    }


@needs_java
@pytest.mark.slow
@pytest.mark.parametrize("mode", list(LinkageMode))
def test_odk_validate_takes_the_form(
    make_wave: Callable[[LinkageMode], Wave], mode: LinkageMode, tmp_path: Path
) -> None:
    assert validate(form_of(make_wave(mode)), tmp_path) == []


@needs_java
@pytest.mark.slow
@pytest.mark.parametrize(
    ("whole", "broken", "problem"),
    [
        (b"/data/card = ''", b"/data/card = (''", "mismatched brackets"),
        (b'ref="/data/card_typed"', b'ref="/data/missing"', "non-existent node"),
        (b"ref=\"jr:itext('card:label')\"", b"ref=\"jr:itext('missing')\"", "not localizable"),
    ],
)
def test_odk_validate_refuses_broken_forms(
    make_wave: Callable[[LinkageMode], Wave],
    tmp_path: Path,
    whole: bytes,
    broken: bytes,
    problem: str,
) -> None:
    """The test above would else be worth nothing."""
    form = form_of(make_wave(LinkageMode.CODE_CARD))

    with pytest.raises(ODKValidateError, match=problem):
        validate(form.replace(whole, broken), tmp_path)


@pytest.mark.parametrize("mode", list(LinkageMode))
def test_every_path_leads_to_a_node(
    make_wave: Callable[[LinkageMode], Wave], mode: LinkageMode
) -> None:
    """ODK Validate lets a condition on a node pass that is not there."""
    form = form_of(make_wave(mode))
    instance = fromstring(form).find(f".//{XF}instance")
    assert instance is not None

    nodes = {"/data", *_paths(instance[0], "/data")}

    used = set(re.findall(r"/data[\w/:]*", form.decode())) - {"/data/orx:meta/orx:instanceID"}
    assert used <= nodes
    assert len(used) > 15


def _paths(parent: Element, place: str) -> Iterator[str]:
    for child in parent:
        path = f"{place}/{child.tag.rpartition('}')[2]}"
        yield path
        yield from _paths(child, path)


@pytest.fixture
def shipped(community: Community) -> list[Wave]:
    found = []
    for version in load_shipped_definitions():
        plan = create_plan(code=f"shipped-{version.pk}", name="Shipped", version=version)
        window = (None, None)
        found += open_waves(plan=plan, community=community, before=window, after=window)[:1]
    return found


@needs_java
@pytest.mark.slow
def test_odk_validate_takes_the_shipped_questionnaires(shipped: list[Wave], tmp_path: Path) -> None:
    assert [validate(form_of(wave), tmp_path) for wave in shipped] == [[], [], []]


def test_every_text_is_there_in_every_complete_language(shipped: list[Wave]) -> None:
    for wave in shipped:
        document = document_of(wave.plan.version)
        found = texts(form_of(wave))
        complete = [
            language
            for language, _name in settings.LANGUAGES
            if language in document.languages and not missing_strings(document, language)
        ]
        assert len(found) >= len(complete) > 1
        for language in complete:
            (told,) = (words for name, words in found.items() if f"({language})" in name)
            shown = {
                text[language]
                for path, text in strings(document)
                if path.startswith(("items.", "sections.", "choice_sets."))
            }
            assert shown <= told, language


def test_the_same_wave_gives_the_same_bytes(make_wave: Callable[[LinkageMode], Wave]) -> None:
    wave = make_wave(LinkageMode.CODE_CARD)

    assert form_of(wave) == form_of(Wave.objects.get(pk=wave.pk))


def test_signs_of_ours_and_keys_that_xpath_forbids(
    document_data: dict[str, object], community: Community
) -> None:
    text = {"en": "A <b> & \ue000 ]]>", "ar": "نص"}
    keys = ["kسؤال", "ª", "x-y.z", "if", "q1"]
    numbers = {"kind": "number", "minimum": -5, "maximum": 5, "step": 5}
    document_data |= {
        "items": [{"key": key, "text": text, **numbers} for key in keys],
        "sections": [{"key": "one", "title": text, "items": keys}],
        "scales": [],
        "groups": [],
        "code": "odd",
    }
    plan = create_plan(code="odd", name="Odd", version=publish_version(document_data))
    window = (None, None)
    wave = open_waves(plan=plan, community=community, before=window, after=window)[0]

    form = form_of(wave)

    names = re.findall(r'nodeset="/data/s1/([^"]+)"', form.decode())
    assert names == ["q1_k", "q2", "q3_xyz", "q4_if", "q5_q1"]
    assert "A <b> &  ]]>" in next(iter(texts(form).values()))


def test_receipt_that_a_phone_draws_has_our_check_character() -> None:
    """Work the calculations out as XPath would, for all kinds of chance."""
    for seed in range(50):
        chance = Random(seed)
        values: dict[str, object] = {}
        for name, formula in receipt_steps("/data", "receipt"):
            values[name] = _worked_out(formula, values, chance)
        assert receipts.is_receipt(str(values["receipt"]))
        assert set(str(values["receipt"])) <= set(codes.ALPHABET)


def _worked_out(formula: str, values: dict[str, object], chance: Random) -> object:
    python = re.sub(r"/data/(\w+)", r"v['\1']", formula).replace(" mod ", " % ")
    functions = {
        "once": lambda value: value,
        "random": chance.random,
        "int": int,
        "substr": lambda text, start, end: text[start:end],
        "concat": lambda *parts: "".join(parts),
    }
    return eval(python, {"__builtins__": {}, "v": values, **functions})  # noqa: S307 - our own formula
