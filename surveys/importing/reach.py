"""Into which communities somebody may import."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from communities.models import Community, Membership, Role
from surveys.importing.entries import Entry
from surveys.importing.rows import Refusal

IMPORT_ROLES = (Role.COORDINATOR, Role.DATA_STEWARD)


def refuse_out_of_reach(entries: Iterable[Entry], actor: User | None) -> list[Refusal]:
    """Return the rows of communities that are not the actor's.

    Who works for the whole network, and whoever has a shell on the server, imports everywhere and
    brings new communities along.
    """
    if actor is None or actor.is_superuser or _serves_network(actor):
        return []
    reached = set(Community.objects.visible_to(actor, *IMPORT_ROLES).values_list("pk", flat=True))
    reason = _("You do not coordinate this community, or it does not exist yet.")
    return [
        Refusal(entry.record.row, "", reason)
        for entry in entries
        if entry.community.pk not in reached
    ]


def _serves_network(actor: User) -> bool:
    memberships = Membership.objects.valid_on(timezone.localdate())
    return memberships.filter(user=actor, community=None, role__in=IMPORT_ROLES).exists()
