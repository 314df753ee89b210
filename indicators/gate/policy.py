"""The rules of disclosure control as data, with a version that every release names."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from django.utils.translation import gettext as _


class PolicyError(ValueError):
    """A policy that protects less than the code promises. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be published. A programme may raise a number, and is refused a lower one."""

    version: str = "2"
    #: People behind any figure about people.
    threshold: int = 10
    #: The same where children answered or the figure is about health.
    sensitive_threshold: int = 15
    #: From here on one-way breakdowns may be shown at all.
    breakdown_threshold: int = 30
    #: Below, a figure is published as very uncertain.
    reliable_from: int = 20
    #: Shares of people who answered: none below the first, "about x of y" below the second.
    shares_from: int = 20
    percentages_from: int = 30
    #: Groups are compared with each other from here on.
    equity_from: int = 60
    #: Counts of people are rounded to this.
    count_base: int = 5
    #: Whether everything that was ever published is attacked before more is. Version 1 did not.
    is_attacked: bool = True

    def __post_init__(self) -> None:
        if low := [name for name, floor in FLOORS.items() if getattr(self, name) < floor]:
            raise PolicyError(
                _("%(name)s must be at least %(floor)d: raise it or leave it out.")
                % {"name": f"DISCLOSURE_{low[0].upper()}", "floor": FLOORS[low[0]]}
            )
        if self.sensitive_threshold < self.threshold:
            raise PolicyError(
                _(
                    "DISCLOSURE_SENSITIVE_THRESHOLD must not be below DISCLOSURE_THRESHOLD:"
                    " raise it to %(threshold)d."
                )
                % {"threshold": self.threshold}
            )

    def threshold_for(self, *, is_sensitive: bool) -> int:
        return self.sensitive_threshold if is_sensitive else self.threshold

    def as_data(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


#: No programme may go below what the code was built and attacked with.
FLOORS: Final[Mapping[str, int]] = {
    "threshold": 10,
    "sensitive_threshold": 15,
    "breakdown_threshold": 30,
    "reliable_from": 20,
    "shares_from": 20,
    "percentages_from": 30,
    "equity_from": 60,
    "count_base": 5,
}

#: Releases from before the attack was part of the gate compute as they did.
FIRST_POLICY: Final = Policy(version="1", is_attacked=False)


def policy_from(certificate: Mapping[str, Any]) -> Policy:
    """Return the policy under which a release was made, from its certificate."""
    return Policy(**certificate["policy"]) if "policy" in certificate else FIRST_POLICY
