"""Who may do what with cycles: coordinators publish, others read what is published."""

from communities.models import Role
from communities.rules import COORDINATES, allow, holds, permit

permit(
    "indicators.cycle",
    view=holds(Role.COORDINATOR, Role.DATA_STEWARD, Role.VIEWER),
    change=COORDINATES,
)
allow("indicators.publish_cycle", COORDINATES)
allow("indicators.view_estimates", holds(Role.DATA_STEWARD))
