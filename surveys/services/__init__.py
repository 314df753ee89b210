"""What changes surveys: publishing, asking, answering, leaving."""

from surveys.services.cards import (
    Admission,
    IssuedCard,
    admit,
    admit_openly,
    find_card,
    issue_cards,
)
from surveys.services.conflicts import decide_conflict, differing_count, first_of
from surveys.services.contacts import IssuedLink, issue_links, reachable
from surveys.services.instruments import (
    codec_by_hash,
    codec_of,
    document_of,
    load_shipped_definitions,
    publish_version,
)
from surveys.services.keys import check_key_unused, destroy_linkage_key
from surveys.services.kiosks import end_kiosk, running_kiosk, start_kiosk
from surveys.services.paper import (
    Difference,
    Typed,
    differences,
    enter_paper,
    merge_paper,
    retype_paper,
)
from surveys.services.recovery import (
    Remembered,
    Suggestion,
    decide_suggestion,
    remember,
    suggest_cards,
)
from surveys.services.reviews import source_hash
from surveys.services.submission import LONGEST_TEXT, Outcome, Submitted, submit_response
from surveys.services.timing import PROPOSED, plan_waves, retime_waves, window_of
from surveys.services.translations import declare_matches, review_texts
from surveys.services.waves import create_plan, open_waves
from surveys.services.withdrawal import Receipt, look_up_receipt, withdraw

__all__ = [
    "LONGEST_TEXT",
    "PROPOSED",
    "Admission",
    "Difference",
    "IssuedCard",
    "IssuedLink",
    "Outcome",
    "Receipt",
    "Remembered",
    "Submitted",
    "Suggestion",
    "Typed",
    "admit",
    "admit_openly",
    "check_key_unused",
    "codec_by_hash",
    "codec_of",
    "create_plan",
    "decide_conflict",
    "decide_suggestion",
    "declare_matches",
    "destroy_linkage_key",
    "differences",
    "differing_count",
    "document_of",
    "end_kiosk",
    "enter_paper",
    "find_card",
    "first_of",
    "issue_cards",
    "issue_links",
    "load_shipped_definitions",
    "look_up_receipt",
    "merge_paper",
    "open_waves",
    "plan_waves",
    "publish_version",
    "reachable",
    "remember",
    "retime_waves",
    "retype_paper",
    "review_texts",
    "running_kiosk",
    "source_hash",
    "start_kiosk",
    "submit_response",
    "suggest_cards",
    "window_of",
    "withdraw",
]
