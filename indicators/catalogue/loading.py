"""The shipped definitions, and which ones are in force."""

import tomllib
from collections.abc import Mapping
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from indicators.catalogue.definition import Definition, read_definition, read_definitions
from indicators.models import Indicator, IndicatorVersion
from surveys.document import DocumentError, Problem

DEFINITIONS = Path(__file__).resolve().parent.parent / "definitions"


class DefinitionTakenError(ValueError):
    """A published definition would change. The message says what to do."""


@cache
def shipped_definitions() -> tuple[Definition, ...]:
    """Read the definitions that come with the project; DocumentError with all that is wrong."""
    problems, found = [], []
    for path in sorted(DEFINITIONS.glob("*.toml")):
        try:
            found += read_definitions(tomllib.loads(path.read_text("utf-8")))
        except DocumentError as error:
            problems += [
                Problem(f"{path.name}: {each.path}", each.message) for each in error.problems
            ]
    if problems:
        raise DocumentError(problems)
    return tuple(found)


def load_indicators() -> list[IndicatorVersion]:
    """Publish the shipped definitions that are not published yet, and return these.

    Raises
    ------
    DocumentError
        With everything that is wrong with the files.
    DefinitionTakenError
        If a file changed without a new version; then nothing is published.
    """
    with transaction.atomic():
        return [made for one in shipped_definitions() if (made := publish_definition(one))]


@transaction.atomic
def publish_definition(definition: Definition) -> IndicatorVersion | None:
    """Freeze a definition as the next version of its indicator; None if it is published already.

    Raises
    ------
    DefinitionTakenError
        If this version is published with other content, or leaves out a number.
    """
    indicator, _made = Indicator.objects.get_or_create(
        code=definition.code, defaults={"name": definition.name}
    )
    Indicator.objects.select_for_update().get(pk=indicator.pk)
    published = {version.number: version for version in indicator.versions.all()}
    if same := published.get(definition.version):
        if same.definition == definition.data:
            return None
        raise DefinitionTakenError(_taken(definition, max(published) + 1))
    if definition.version != max(published, default=0) + 1:
        raise DefinitionTakenError(_taken(definition, max(published, default=0) + 1))
    return IndicatorVersion.objects.create(
        indicator=indicator,
        number=definition.version,
        definition=definition.data,
        unit=definition.unit,
        direction=definition.direction,
        minimum_n=definition.minimum_n,
        reason=definition.reason,
    )


def _taken(definition: Definition, following: int) -> str:
    return _(
        "Version %(version)d of %(code)s can't be published like this. Published definitions never "
        "change: make it version %(next)d and say why it changed."
    ) % {"version": definition.version, "code": definition.code, "next": following}


def definitions_in_force() -> list[Definition]:
    """Return the newest definition of each indicator, by code.

    A new installation gets the shipped ones; what an update brings, `load_indicators` publishes.
    """
    newest = IndicatorVersion.objects.order_by("indicator__code", "-number").distinct(
        "indicator__code"
    )
    found = [read_definition(version.definition) for version in newest]
    if not found:
        load_indicators()
        found = sorted(shipped_definitions(), key=attrgetter("code"))
    return found


def pins_of(definitions: list[Definition]) -> dict[str, Any]:
    """Return what a snapshot keeps of them: versions, and the formulas that make its figures.

    With its formulas a snapshot makes the same figures whatever becomes of the catalogue.
    """
    return {
        "definitions": {one.code: one.version for one in definitions},
        "formulas": {one.code: _frozen(one.data) for one in definitions},
    }


def _frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"minimum_n": data["minimum_n"], "figures": data["figures"]}
