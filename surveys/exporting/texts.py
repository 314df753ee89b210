"""What people wrote in their own words: only where a data steward has asked for it."""

import csv
from pathlib import Path

from django.db.models import CharField, QuerySet
from django.db.models.expressions import RawSQL

from surveys.exporting.layout import PERSON_LENGTH
from surveys.exporting.rows import PSEUDONYM
from surveys.exporting.tables import harmless
from surveys.models import OpenAnswer, Response

_CHUNK = 500


def write_texts(path: Path, responses: QuerySet[Response], secret: str) -> None:
    """Write the texts as CSV, under the same names of people as in the tables."""
    texts = (
        OpenAnswer.objects.filter(response__in=responses.order_by().values("pk"))
        .annotate(
            person=RawSQL(  # noqa: S611 - the secret and the length are parameters
                PSEUDONYM, (secret, PERSON_LENGTH), output_field=CharField()
            )
        )
        .order_by("person", "response__wave__sequence", "item_key", "pk")
        .values_list("person", "response__wave__sequence", "item_key", "text")
    )
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["person", "wave", "item", "text"])
        for person, wave, item, text in texts.iterator(chunk_size=_CHUNK):
            writer.writerow([person, wave, harmless(item), harmless(text)])
