"""What a phone holds instead of the card's code: a signed right to answer once, in one wave."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.core import signing
from django.utils import timezone

from surveys.models import CodeCard, Wave

SALT = "surveys.ticket"


@dataclass(frozen=True, slots=True)
class Ticket:
    wave: int
    card: int
    #: Hash of the questionnaire's version: pages need no database to show it.
    questions: str
    #: Of the response to come, so that sending again is recognised.
    uuid: str
    #: Seconds since 1970, at which the code was entered.
    begun: int

    @classmethod
    def issue(cls, wave: Wave, card: CodeCard) -> "Ticket":
        return cls(
            wave=wave.pk,
            card=card.pk,
            questions=wave.plan.version.content_hash,
            uuid=str(uuid4()),
            begun=int(timezone.now().timestamp()),
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
