"""Who may do what with reports: whoever may read a community's published figures."""

from communities.models import Role
from communities.rules import allow, holds, permit

READS = holds(Role.COORDINATOR, Role.DATA_STEWARD, Role.VIEWER, at="cycle.community_id")

COORDINATES = holds(Role.COORDINATOR)

permit("reports.reportrun", view=READS)
# Both about a cycle: whoever coordinates its community.
allow("reports.share_report", COORDINATES)
allow("reports.schedule_report", COORDINATES)

OF_RELEASE = "release.snapshot.cycle.community_id"
READS_REMARKS = holds(Role.COORDINATOR, Role.DATA_STEWARD, Role.VIEWER, at=OF_RELEASE)
WRITES_REMARKS = holds(Role.COORDINATOR, at=OF_RELEASE)

permit("reports.annotation", view=READS_REMARKS, add=WRITES_REMARKS, change=WRITES_REMARKS)
permit("reports.action", view=READS_REMARKS, add=WRITES_REMARKS, change=WRITES_REMARKS)
# Whoever may write may also approve what another wrote; the database asks that it be another.
allow("reports.approve_annotation", WRITES_REMARKS)
