import re

import pytest
from django.db import connection

from communities.models import Community
from surveys.errors import NoCardsError
from surveys.models import CodeCard, InstrumentVersion, LinkageMode, WavePlan
from surveys.services import (
    create_plan,
    destroy_linkage_key,
    find_card,
    issue_cards,
)


def test_codes_are_stored_nowhere(plan: WavePlan, community: Community) -> None:
    issued = issue_cards(plan=plan, community=community, count=5)

    with connection.cursor() as cursor:
        cursor.execute("SELECT surveys_codecard::text FROM surveys_codecard")
        rows = " ".join(row for (row,) in cursor.fetchall())
    assert CodeCard.objects.count() == 5
    for card in issued:
        assert card.code not in rows
        assert card.code.encode().hex() not in rows


def test_cards_come_in_another_order_than_their_rows(plan: WavePlan, community: Community) -> None:
    issued = issue_cards(plan=plan, community=community, count=40)

    found = [find_card(card.code) for card in issued]
    order = [card.pk for card in found if card is not None]
    assert sorted(order) == list(CodeCard.objects.order_by("pk").values_list("pk", flat=True))
    assert order != sorted(order)


def test_each_card_has_three_different_pictures(plan: WavePlan, community: Community) -> None:
    for card in issue_cards(plan=plan, community=community, count=20):
        assert len(set(card.pictures)) == 3
        found = find_card(card.code)
        assert found is not None
        assert tuple(found.pictures) == card.pictures


def test_card_of_one_plan_is_found_among_many(
    plan: WavePlan, community: Community, version: InstrumentVersion
) -> None:
    create_plan(code="other", name="Other", version=version)
    card = issue_cards(plan=plan, community=community, count=1)[0]

    found = find_card(card.code)

    assert found is not None
    assert found.plan == plan


def test_destroyed_key_unlinks_for_good(plan: WavePlan, community: Community) -> None:
    card = issue_cards(plan=plan, community=community, count=1)[0]

    key = destroy_linkage_key(plan)
    again = destroy_linkage_key(plan)

    assert key.secret is None
    assert key.destroyed_at == again.destroyed_at
    assert find_card(card.code) is None
    with pytest.raises(NoCardsError, match="destroyed"):
        issue_cards(plan=plan, community=community, count=1)


def test_anonymous_plan_has_no_cards(version: InstrumentVersion, community: Community) -> None:
    plan = create_plan(
        code="nobody", name="Nobody", version=version, linkage_mode=LinkageMode.ANONYMOUS
    )

    with pytest.raises(NoCardsError, match=re.escape("anonymous")):
        issue_cards(plan=plan, community=community, count=1)
