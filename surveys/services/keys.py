from django.utils import timezone

from surveys.models import LinkageKey, WavePlan


def destroy_linkage_key(plan: WavePlan) -> LinkageKey:
    """Make the plan's answers anonymous for good: no card can be found by its code again."""
    LinkageKey.objects.filter(plan=plan, destroyed_at=None).update(
        secret=None, destroyed_at=timezone.now()
    )
    return LinkageKey.objects.get(plan=plan)
