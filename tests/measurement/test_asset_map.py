from hypothesis import given
from hypothesis import strategies as st

from measurement.asset_map import AssetCount, AssetMap, DomainCount, Mention, asset_map

mentions = st.lists(
    st.builds(
        Mention,
        person=st.integers(1, 6),
        domain=st.sampled_from(["education", "employment"]),
        asset=st.sampled_from(["library", "school", "job centre"]),
        reachable=st.booleans(),
    )
)


def test_persons_are_counted_per_asset_and_domain() -> None:
    result = asset_map(
        [
            Mention("p1", "education", "library", reachable=True),
            Mention("p2", "education", "library", reachable=False),
            Mention("p2", "education", "school", reachable=False),
            Mention("p3", "employment", "library", reachable=True),
            Mention("p1", "education", "school", reachable=True),
        ]
    )

    assert result == AssetMap(
        assets=(
            AssetCount("education", "library", named_by=2, reachable_by=1),
            AssetCount("education", "school", named_by=2, reachable_by=1),
            AssetCount("employment", "library", named_by=1, reachable_by=1),
        ),
        domains=(
            DomainCount("education", named_by=2, reachable_by=1, assets=2),
            DomainCount("employment", named_by=1, reachable_by=1, assets=1),
        ),
        n=3,
    )
    assert [asset.out_of_reach_for for asset in result.assets] == [1, 1, 0]


def test_person_who_repeats_an_asset_is_counted_once() -> None:
    result = asset_map(
        [
            Mention("p1", "education", "library", reachable=False),
            Mention("p1", "education", "library", reachable=True),
            Mention("p1", "education", "library", reachable=False),
        ]
    )

    assert result.assets == (AssetCount("education", "library", 1, 1),)


def test_nothing_named_is_an_empty_map() -> None:
    assert asset_map([]) == AssetMap((), (), 0)


@given(mentions)
def test_counts_agree_with_each_other(drawn: list[Mention]) -> None:
    result = asset_map(drawn)

    assert result.n == len({mention.person for mention in drawn})
    for asset in result.assets:
        assert 0 <= asset.reachable_by <= asset.named_by <= result.n
    for domain in result.domains:
        own = [asset for asset in result.assets if asset.domain == domain.domain]
        assert domain.assets == len(own)
        assert max(asset.named_by for asset in own) <= domain.named_by <= result.n
        assert max(asset.reachable_by for asset in own) <= domain.reachable_by <= domain.named_by
    assert set(asset_map(drawn[::-1]).assets) == set(result.assets)
