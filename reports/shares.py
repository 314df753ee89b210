"""Shares of people as they may be told: per cent from thirty people on, counts from twenty."""

from decimal import Decimal

from django.utils.translation import gettext as _

from indicators.gate import Cell, Policy
from reports.wording import WITHHELD, number

#: A share of fewer people says less than the two counts; of still fewer, not even these.
SHARE_FROM = 30
COUNTS_FROM = 20


def in_per_cent(cell: Cell) -> bool:
    """Whether a share may be told in per cent; one of things always may."""
    return cell.value is not None and (cell.n_rounded is None or cell.n_rounded >= SHARE_FROM)


def in_counts(cell: Cell) -> bool:
    return (
        cell.value is not None
        and cell.n_rounded is not None
        and COUNTS_FROM <= cell.n_rounded < SHARE_FROM
    )


def count_of(cell: Cell) -> int:
    """Return about how many people a share is, from its published figures alone."""
    base = Policy().count_base
    people = (cell.value or Decimal(0)) * (cell.n_rounded or 0) / 100
    return base * round(people / base)


def share_words(cell: Cell) -> str:
    """Write a share by the ladder: per cent, or about how many of how many, or not at all."""
    if cell.value is None:
        return WITHHELD
    if in_per_cent(cell):
        return _("%(share)s %%") % {"share": number(cell.value)}
    if in_counts(cell):
        return _("about %(count)s of %(n)s") % {
            "count": number(count_of(cell)),
            "n": number(cell.n_rounded or 0),
        }
    return WITHHELD
