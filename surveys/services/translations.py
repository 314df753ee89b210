"""Who has looked at which words, and which questions stay comparable between versions."""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from surveys.document import strings
from surveys.errors import ReviewError
from surveys.models import (
    Comparability,
    InstrumentVersion,
    ItemMatch,
    ReviewState,
    TextReview,
)
from surveys.services.instruments import document_of
from surveys.services.reviews import source_hash


@transaction.atomic
def review_texts(
    *, version: InstrumentVersion, language: str, paths: Iterable[str], by: User
) -> int:
    """Write down that a native speaker finds these strings right; return how many.

    Raises
    ------
    ReviewError
        If a string is missing in this language, or it is the source itself.
    """
    document = document_of(version)
    if language == document.source_language:
        raise ReviewError(_("This is the language in which the questionnaire was written."))
    texts = dict(strings(document))
    chosen = list(dict.fromkeys(paths))
    missing = [path for path in chosen if language not in texts.get(path, {})]
    if missing:
        message = _("There is no text yet for: %(paths)s.")
        raise ReviewError(message % {"paths": ", ".join(missing)})
    now = timezone.now()
    TextReview.objects.bulk_create(
        (
            TextReview(
                version=version,
                language=language,
                path=path,
                state=ReviewState.REVIEWED,
                source_hash=source_hash(document, path),
                reviewed_by=by,
                reviewed_at=now,
            )
            for path in chosen
        ),
        update_conflicts=True,
        unique_fields=["version", "language", "path"],
        update_fields=["state", "source_hash", "reviewed_by", "reviewed_at"],
    )
    return len(chosen)


@transaction.atomic
def declare_matches(
    *,
    old: InstrumentVersion,
    new: InstrumentVersion,
    matches: Mapping[str, tuple[str, str]],
    by: User,
) -> None:
    """Declare for each question of the new version which old one it can be compared with, if any.

    Raises
    ------
    ReviewError
        If the versions are of different instruments, or a question is in neither.
    """
    if old.instrument_id != new.instrument_id or old == new:
        raise ReviewError(_("Choose two versions of one questionnaire."))
    known = (
        {item.key for item in document_of(old).items},
        {item.key for item in document_of(new).items},
    )
    for key, (old_key, comparability) in matches.items():
        is_known = key in known[1] and (old_key in known[0] or not old_key)
        if not is_known or comparability not in Comparability.values:
            raise ReviewError(_("There is no question %(key)s.") % {"key": old_key or key})
    chosen = [old_key for old_key, _comparability in matches.values() if old_key]
    if len(set(chosen)) < len(chosen):
        raise ReviewError(_("Two questions can’t both be compared with the same earlier one."))
    ItemMatch.objects.filter(old_version=old, new_version=new).delete()
    ItemMatch.objects.bulk_create(
        ItemMatch(
            old_version=old,
            new_version=new,
            old_key=old_key,
            new_key=key,
            comparability=comparability,
            declared_by=by,
        )
        for key, (old_key, comparability) in matches.items()
        if old_key
    )
