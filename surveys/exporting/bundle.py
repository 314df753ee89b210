"""The ZIP of an export, made in one pass over the answers and little memory.

The same answers under the same secret make the same bytes.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import IO

from django.utils.translation import override

from communities.models import Community, ConsentPurpose
from surveys.document import Document
from surveys.encoding import Answer, Codec
from surveys.exporting.codebook import Description, ddi_codebook, html_codebook
from surveys.exporting.counting import FEWEST, Counts
from surveys.exporting.layout import make_layout
from surveys.exporting.reasons import reason_codes
from surveys.exporting.rows import Row, exported_responses, find_categories, stream_rows
from surveys.exporting.scoring import scoring_definition
from surveys.exporting.spss import SavWriter
from surveys.exporting.stata import DtaWriter
from surveys.exporting.tables import CsvWriter, TableWriter
from surveys.exporting.texts import write_texts
from surveys.exporting.variables import Value, Variable
from surveys.exporting.way_back import import_mapping
from surveys.models import Wave, WaveKind, WavePlan
from surveys.scoring import scale_rules
from surveys.services import codec_of

#: Told of the number of responses written so far; may raise to stop.
Progress = Callable[[int], None]
_WRITERS: Mapping[str, type[CsvWriter | SavWriter | DtaWriter]] = {
    "csv": CsvWriter,
    "sav": SavWriter,
    "dta": DtaWriter,
}
_BUFFER = 1024 * 1024
_STARTED = (1980, 1, 1, 0, 0, 0)  # the earliest time that a ZIP can hold
_REPORT_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported."""

    key: str
    day: str
    plan: WavePlan
    communities: Sequence[int]
    scope: ConsentPurpose
    language: str
    secret: str
    with_texts: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    path: Path
    responses: int
    people: int
    small_cells: int


def make_bundle(order: Order, folder: Path, progress: Progress) -> Bundle:
    """Write all files into the folder, and the ZIP of them beside."""
    return _Maker(order, folder).make(progress)


class _Maker:
    def __init__(self, order: Order, folder: Path) -> None:
        self.order = order
        self.folder = folder
        self.codec: Codec = codec_of(order.plan.version)
        self.document: Document = self.codec.document
        self.codes = reason_codes(self.document)
        self.responses = exported_responses(order.plan, order.communities, order.scope)
        self.categories = find_categories(self.responses)
        self.waves = _waves(order)
        self.layout = make_layout(
            self.document,
            order.language,
            communities=_codes_of(order.communities),
            groups=self.categories,
        )
        rules = scale_rules(self.document)
        self.units = [rule.unit for rule in rules.values()]
        self.counts = Counts(self.document.scales, self.units)

    def make(self, progress: Progress) -> Bundle:
        with override(self.order.language):
            kinds = {number: str(WaveKind(kind).label) for number, kind in self.waves.items()}
        tables = {"answers-long": self.layout.long, "answers-wide": self.layout.wide(kinds)}
        self._write_tables(tables, progress)
        if self.order.with_texts:
            write_texts(self.folder / "texts.csv", self.responses, self.order.secret)
        self._describe(tables)
        path = self.folder / "export.zip"
        _pack(path, sorted(file for file in self.folder.iterdir() if file != path))
        counts = self.counts
        return Bundle(path, counts.responses, counts.people, counts.small_cells)

    # Tables ---------------------------------------------------------------------------------------

    def _write_tables(self, tables: Mapping[str, Sequence[Variable]], progress: Progress) -> None:
        with ExitStack() as files:
            long, wide = (
                [self._open(files, f"{name}.{ending}", variables) for ending in _WRITERS]
                for name, variables in tables.items()
            )
            reported = 0
            for rows in self._people():
                self.counts.add(rows)
                _write(long, (self._long(row) for row in rows))
                _write(wide, [self._wide(rows)])
                if self.counts.responses - reported >= _REPORT_EVERY:
                    reported = self.counts.responses
                    progress(reported)
            for writer in (*long, *wide):
                writer.close()

    def _open(self, files: ExitStack, name: str, variables: Sequence[Variable]) -> TableWriter:
        file: IO[bytes] = files.enter_context((self.folder / name).open("wb", _BUFFER))
        writer = _WRITERS[name.rpartition(".")[2]]
        return writer(file, variables, self.codes, self.document.code)

    def _people(self) -> Iterator[list[Row]]:
        rows = stream_rows(self.responses, self.codec, self.order.secret)
        for _person, same in groupby(rows, key=attrgetter("person")):
            yield list(same)

    def _long(self, row: Row) -> list[Value]:
        return [*self._about(row), row.wave, row.kind, *self._repeated(row)]

    def _wide(self, rows: Sequence[Row]) -> list[Value]:
        """Return a person's row; of two answers to one wave the first."""
        by_wave = {row.wave: row for row in reversed(rows)}
        values = self._about(rows[0])
        for number in self.waves:
            row = by_wave.get(number)
            values += self._repeated(row) if row else self._absent()
        return values

    def _about(self, row: Row) -> list[Value]:
        return [
            row.person,
            row.community,
            *(row.groups.get(group, "") for group in self.layout.groups),
        ]

    def _repeated(self, row: Row) -> list[Value]:
        scores = row.scores or [None] * len(self.units)
        return [
            row.month,
            row.language,
            row.channel,
            *(_value(row.answers, variable.item_key) for variable in self.layout.answers),
            *(
                None if score is None else score / unit
                for score, unit in zip(scores, self.units, strict=True)
            ),
        ]

    def _absent(self) -> list[Value]:
        return [None] * (3 + len(self.layout.answers) + len(self.layout.scores))

    # What describes them --------------------------------------------------------------------------

    def _describe(self, tables: Mapping[str, Sequence[Variable]]) -> None:
        order = self.order
        linkage = self.counts.linkage(self.waves)
        with override(order.language):
            purpose = str(order.scope.label)
        sizes = {
            "answers-long": (self.counts.responses, len(tables["answers-long"])),
            "answers-wide": (self.counts.people, len(tables["answers-wide"])),
        }
        about = Description(self.document, self.layout, order.language, self.codes, purpose, sizes)
        self._text("codebook.html", html_codebook(about, linkage))
        (self.folder / "codebook.xml").write_bytes(ddi_codebook(about))
        self._json("scoring.json", scoring_definition(self.document, self.layout))
        self._json("questionnaire.json", order.plan.version.document)
        self._json("linkage.json", linkage)
        self._text(
            "mapping.yaml",
            import_mapping(
                plan=order.plan,
                layout=self.layout,
                categories=self.categories,
                waves=self.waves,
                codes=self.codes,
            ),
        )
        self._json("manifest.json", self._manifest())

    def _manifest(self) -> dict[str, object]:
        order, counts = self.order, self.counts
        return {
            "export": order.key,
            "asked_for_on": order.day,
            "plan": order.plan.code,
            "is_invented": order.plan.is_invented,
            "questionnaire": {
                "code": self.document.code,
                "version": self.document.version,
                "sha256": order.plan.version.content_hash,
            },
            "consent_scope": order.scope.value,
            "language": order.language,
            "responses": counts.responses,
            "people": counts.people,
            "channels": dict(sorted(counts.by_channel.items())),
            "languages": dict(sorted(counts.by_language.items())),
            "small_groups": {
                "fewer_than": FEWEST,
                "groups": counts.small_cells,
                "of": len(counts.cells),
            },
            "reasons": {reason.value: code for reason, code in self.codes.items()},
            "files": [_fingerprint(path) for path in sorted(self.folder.iterdir())],
        }

    def _json(self, name: str, content: object) -> None:
        self._text(name, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def _text(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")


def _write(writers: Sequence[TableWriter], rows: Iterator[list[Value]] | list[list[Value]]) -> None:
    for row in rows:
        for writer in writers:
            writer.write(row)


def _value(answers: Mapping[str, Answer], column: str) -> Value:
    """Return the answer in a column: of a multiple choice, whether the option was ticked."""
    key, _slash, option = column.partition("/")
    answer = answers[key]
    if isinstance(answer, frozenset):
        return int(int(option) in answer)
    return answer


def _waves(order: Order) -> dict[int, str]:
    waves = Wave.objects.filter(plan=order.plan, community__in=order.communities)
    return dict(waves.order_by("sequence", "pk").values_list("sequence", "kind"))


def _codes_of(communities: Sequence[int]) -> list[str]:
    return list(Community.objects.filter(pk__in=communities).values_list("code", flat=True))


def _fingerprint(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest}


def _pack(path: Path, files: Sequence[Path]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, _STARTED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, _BUFFER)
