"""What changes surveys: publishing, asking, answering, leaving."""

from surveys.services.cards import Admission, IssuedCard, admit, find_card, issue_cards
from surveys.services.instruments import (
    codec_by_hash,
    codec_of,
    document_of,
    load_shipped_definitions,
    publish_version,
)
from surveys.services.submission import LONGEST_TEXT, Outcome, Submitted, submit_response
from surveys.services.timing import PROPOSED, plan_waves, retime_waves, window_of
from surveys.services.waves import create_plan, open_waves
from surveys.services.withdrawal import destroy_linkage_key, withdraw

__all__ = [
    "LONGEST_TEXT",
    "PROPOSED",
    "Admission",
    "IssuedCard",
    "Outcome",
    "Submitted",
    "admit",
    "codec_by_hash",
    "codec_of",
    "create_plan",
    "destroy_linkage_key",
    "document_of",
    "find_card",
    "issue_cards",
    "load_shipped_definitions",
    "open_waves",
    "plan_waves",
    "publish_version",
    "retime_waves",
    "submit_response",
    "window_of",
    "withdraw",
]
