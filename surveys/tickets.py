"""What a phone holds instead of the card's code: a signed right to answer once, in one wave."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.core import signing
from django.utils import timezone

from surveys import receipts
from surveys.models import Channel, CodeCard, LinkageMode, Wave

SALT = "surveys.ticket"


@dataclass(frozen=True, slots=True)
class Ticket:
    wave: int
    #: None in an anonymous wave.
    card: int | None
    #: Hash of the questionnaire's version: pages need no database to show it.
    questions: str
    #: Of the response to come, so that sending again is recognised.
    uuid: str
    #: Seconds since 1970, at which the code was entered.
    begun: int
    # What follows has defaults, because older tickets still wait on phones.
    mode: str = LinkageMode.CODE_CARD.value
    channel: str = Channel.OWN_PHONE.value
    receipt: str = ""
    #: Whether to ask what would find a lost card again.
    asks_recovery: bool = False

    @classmethod
    def issue(
        cls,
        wave: Wave,
        card: CodeCard | None,
        *,
        channel: str = Channel.OWN_PHONE,
        asks_recovery: bool = False,
    ) -> "Ticket":
        receipt = receipts.new_receipt()
        return cls(
            wave=wave.pk,
            card=card.pk if card else None,
            questions=wave.plan.version.content_hash,
            uuid=str(receipts.response_uuid(receipt)),
            begun=int(timezone.now().timestamp()),
            mode=str(wave.plan.linkage_mode),
            channel=str(channel),
            receipt=receipt,
            asks_recovery=asks_recovery,
        )

    @classmethod
    def read(cls, token: str) -> "Ticket | None":
        """Return what we signed, or None if it is anything else."""
        try:
            return cls(**signing.loads(token, salt=SALT))
        except (signing.BadSignature, TypeError):
            return None

    @property
    def token(self) -> str:
        return signing.dumps(asdict(self), salt=SALT)

    @property
    def response_uuid(self) -> UUID:
        return UUID(self.uuid)

    @property
    def begun_at(self) -> datetime:
        return datetime.fromtimestamp(self.begun, UTC)
