"""Importing responses: what would happen, and making it happen."""

from dataclasses import dataclass
from functools import cached_property

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import AuditEntry, User
from surveys.document import Document, content_hash
from surveys.encoding import Codec
from surveys.errors import SurveyError
from surveys.importing.binding import bind
from surveys.importing.entries import Entry, compare, identify, make_entries
from surveys.importing.files import UPLOADED, Limits, Table, read_table
from surveys.importing.instrument import instrument_document
from surveys.importing.mapping import ImportMapping
from surveys.importing.parsing import parse_mapping
from surveys.importing.reach import refuse_out_of_reach
from surveys.importing.report import Report, make_report
from surveys.importing.rows import Checked, check_rows
from surveys.importing.writing import write_entries
from surveys.models import LinkageMode, WavePlan
from surveys.services import create_plan, publish_version
from surveys.services.cards import linkage_secret


class ImportRefusedError(SurveyError):
    """The plan can't take the file; no row is to blame."""


@dataclass(frozen=True)
class ImportFile:
    """A file that was read and checked against its mapping. The database was not asked yet."""

    mapping: ImportMapping
    table: Table
    checked: Checked
    data: dict[str, object]
    document: Document

    @cached_property
    def codec(self) -> Codec:
        return Codec(self.document)


def read_import(content: bytes, mapping_text: str, limits: Limits = UPLOADED) -> ImportFile:
    """Read a file by its mapping and check every row.

    Raises
    ------
    MappingError
        With everything that is wrong with the mapping, also for this file.
    FileRefusedError
        If the file can't be read.
    """
    mapping = parse_mapping(mapping_text)
    table = read_table(content, mapping.file, limits)
    binding = bind(mapping, table)
    data, document = instrument_document(mapping, table)
    return ImportFile(mapping, table, check_rows(binding), data, document)


def preview_import(
    file: ImportFile, *, supersede: bool = False, actor: User | None = None
) -> Report:
    """Return what taking the file in would do. Nothing is written.

    Raises
    ------
    SurveyError
        If the plan can't take the file.
    """
    plan = WavePlan.objects.filter(code=file.mapping.plan_code).select_related("version").first()
    return _compare(file, plan, supersede=supersede, actor=actor)[1]


@transaction.atomic
def apply_import(
    file: ImportFile,
    *,
    skip_refused: bool = False,
    supersede: bool = False,
    actor: User | None = None,
) -> Report:
    """Take the file in as a whole; where rows are refused, only if the good ones are wanted alone.

    The report says whether it was taken in. The same file again changes nothing.

    Raises
    ------
    SurveyError
        If the plan can't take the file.
    """
    # Two imports into one plan take turns, so that each sees what the other has written.
    plans = WavePlan.objects.select_for_update(of=("self",)).select_related("version")
    plan = plans.filter(code=file.mapping.plan_code).first()
    entries, report = _compare(file, plan, supersede=supersede, actor=actor)
    if report.refusals and not skip_refused:
        return report
    if plan is None:
        plan = create_plan(
            code=file.mapping.plan_code,
            name=file.mapping.plan_name,
            version=publish_version(file.data),
        )
        identify(entries, linkage_secret(plan))
    write_entries(
        entries,
        plan=plan,
        mapping=file.mapping,
        codec=file.codec,
        secret=linkage_secret(plan),
    )
    AuditEntry.objects.create(
        actor=actor, action="import_responses", subject=f"surveys.waveplan:{plan.pk}"
    )
    report.is_applied = True
    return report


def _compare(
    file: ImportFile, plan: WavePlan | None, *, supersede: bool, actor: User | None
) -> tuple[list[Entry], Report]:
    """Return the entries that would be taken in, and the report on them."""
    entries = make_entries(file.checked.records, file.codec)
    refusals = file.checked.refusals + refuse_out_of_reach(entries, actor)
    if plan is not None:
        _refuse_plan(file, plan)
        identify(entries, linkage_secret(plan))
        refusals += compare(entries, plan, supersede=supersede)
    refused = {refusal.row for refusal in refusals}
    entries = [entry for entry in entries if entry.record.row not in refused]
    return entries, make_report(file.checked, entries, refusals)


def _refuse_plan(file: ImportFile, plan: WavePlan) -> None:
    if plan.linkage_mode != LinkageMode.CODE_CARD:
        raise ImportRefusedError(
            _("The plan %(plan)s does not link people by card. Choose another plan code.")
            % {"plan": plan.code}
        )
    if plan.version.content_hash != content_hash(file.data):
        raise ImportRefusedError(
            _(
                "The plan %(plan)s has another questionnaire than this mapping describes. "
                "Use the mapping of its first import, or choose another plan code."
            )
            % {"plan": plan.code}
        )
