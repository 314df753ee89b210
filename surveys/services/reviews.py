"""What becomes of the reviews of translations when a questionnaire gets a new version."""

import hashlib

from surveys.document import Document, strings
from surveys.models import InstrumentVersion, ReviewState, TextReview


def source_hash(document: Document, path: str) -> str:
    """Return the fingerprint of a string in the language it was written in."""
    text = dict(strings(document))[path][document.source_language]
    return hashlib.sha256(text.encode()).hexdigest()


def carry_reviews_over(
    old: InstrumentVersion, before: Document, new: InstrumentVersion, after: Document
) -> None:
    """Keep the reviews of strings that are the same in both versions.

    Where the translation stayed and its source changed, the string has to be looked at again: its
    review keeps the fingerprint of the earlier source, which tells that it is stale.
    """
    earlier, later = dict(strings(before)), dict(strings(after))
    kept = []
    for review in old.reviews.filter(state=ReviewState.REVIEWED):
        text = earlier.get(review.path, {}).get(review.language)
        if text is None or later.get(review.path, {}).get(review.language) != text:
            continue
        reviewed_source = source_hash(before, review.path)
        is_same = reviewed_source == source_hash(after, review.path)
        kept.append(
            TextReview(
                version=new,
                language=review.language,
                path=review.path,
                state=ReviewState.REVIEWED if is_same else ReviewState.UNREVIEWED,
                source_hash=reviewed_source,
                reviewed_by=review.reviewed_by if is_same else None,
                reviewed_at=review.reviewed_at if is_same else None,
            )
        )
    TextReview.objects.bulk_create(kept, ignore_conflicts=True)
