from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from surveys.document import Document, content_hash, load_definition, parse
from surveys.encoding import Codec
from surveys.errors import VersionTakenError
from surveys.models import Instrument, InstrumentVersion, TextReview
from surveys.services.reviews import carry_reviews_over

DEFINITIONS = Path(__file__).resolve().parent.parent / "definitions"


@transaction.atomic
def publish_version(data: Mapping[str, object]) -> InstrumentVersion:
    """Freeze a document as a version of its instrument; the same document again changes nothing.

    Raises
    ------
    DocumentError
        With everything that is wrong with the document.
    VersionTakenError
        If this version exists with other content.
    """
    document = parse(data)
    instrument, _created = Instrument.objects.get_or_create(
        code=document.code, defaults={"name": document.title[document.source_language]}
    )
    earlier = instrument.versions.first()
    version, created = InstrumentVersion.objects.get_or_create(
        instrument=instrument,
        version=document.version,
        defaults={
            "document": data,
            "content_hash": content_hash(data),
            "age_band": document.age_band.value,
        },
    )
    if version.content_hash != content_hash(data):
        raise VersionTakenError(
            _(
                "Version %(version)s of %(code)s is already published with other content. "
                "Published versions never change: give this one a new version."
            )
            % {"version": document.version, "code": document.code}
        )
    if created and earlier is not None:
        carry_reviews_over(earlier, document_of(earlier), version, document)
    return version


def load_shipped_definitions() -> list[InstrumentVersion]:
    """Publish the instruments that come with the project, and note which strings are reviewed.

    What a person has said about a string since then stands.
    """
    versions = []
    for path in sorted(DEFINITIONS.glob("*.json")):
        definition = load_definition(path)
        version = publish_version(definition.data)
        TextReview.objects.bulk_create(
            (
                TextReview(version=version, language=language, path=string, state=state)
                for language, states in definition.review.items()
                for string, state in states.items()
            ),
            ignore_conflicts=True,
        )
        versions.append(version)
    return versions


def document_of(version: InstrumentVersion) -> Document:
    return codec_of(version).document


def codec_of(version: InstrumentVersion) -> Codec:
    """Return how the answers of this version are stored. The document is read and parsed once."""
    return codec_by_hash(version.content_hash)


@lru_cache(maxsize=256)
def codec_by_hash(frozen_hash: str) -> Codec:
    """Return the codec of the version with this hash; raise InstrumentVersion.DoesNotExist."""
    version = InstrumentVersion.objects.filter(content_hash=frozen_hash).first()
    if version is None:
        raise InstrumentVersion.DoesNotExist
    return Codec(parse(version.document))
