from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class IndicatorsConfig(AppConfig):
    name = "indicators"
    verbose_name = _("Indicators")

    def ready(self) -> None:
        checks.register(check_policy)


def check_policy(**_options: Any) -> list[checks.CheckMessage]:
    """Refuse to start with a disclosure policy that protects less than the code promises."""
    from indicators.gate import PolicyError  # noqa: PLC0415 - models are not there any sooner
    from indicators.ledger import policy_in_force  # noqa: PLC0415 - likewise

    try:
        policy_in_force()
    except PolicyError as error:
        return [checks.Error(str(error), id="indicators.E001")]
    return []
