"""Who may do what with reports: whoever may read a community's published figures."""

from communities.models import Role
from communities.rules import holds, permit

READS = holds(Role.COORDINATOR, Role.DATA_STEWARD, Role.VIEWER, at="cycle.community_id")

permit("reports.reportrun", view=READS)
