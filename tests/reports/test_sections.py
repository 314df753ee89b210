"""Every section from cells made by hand: what it says, what it draws, what it keeps to itself."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from indicators.models import Confidentiality
from reports.charts import Drawing, Words
from reports.charts.lettering import LETTER, SMALL, WIDEST, width_of
from reports.charts.shapes import WIDTH
from reports.claims import Claim, Kind, sentence
from reports.documents import render
from reports.parts import Figure, Report, Section
from reports.peers import Peer, compare
from reports.report import compose
from reports.sections.flow import adds_up, left_words
from reports.sections.groups import about_groups
from reports.sections.peers import by_precision
from reports.shares import share_words
from reports.source import Source
from reports.svg import draw
from reports.tables import reference
from reports.wording import speaking
from tests.reports.hand_made import (
    cell,
    change_cells,
    delivery_cells,
    full_source,
    scale,
    some_peers,
    withheld,
    without,
)

LANGUAGES = ("en", "de", "uk", "tr", "ar", "fa-af")
NUMBER = re.compile(r"[\N{MINUS SIGN}+]?\d+(?:[.,]\d+)?")
SURVEY = ("linked", "cards", "answered_before", "answered_after")


def in_english(source: Source) -> dict[str, Section]:
    return {section.key: section for section in compose(source, "en").sections}


def figures_of(report: Report) -> Iterator[Figure]:
    for section in report.sections:
        yield from section.figures


def kinds(section: Section) -> list[Kind]:
    return [said.claim.kind for said in section.said]


def swapped(source: Source, *cells: Any) -> Source:
    """Return the source with these cells in the place of those of the same name."""
    names = {(one.measure, one.scale, one.dimension, one.category) for one in cells}
    kept = [
        one
        for one in source.cells
        if (one.measure, one.scale, one.dimension, one.category) not in names
    ]
    return replace(source, cells=(*kept, *cells))


# The whole ---------------------------------------------------------------------------------------


def test_report_tells_all_sections_in_their_order() -> None:
    assert list(in_english(full_source())) == [
        "headline",
        "delivery",
        "flow",
        "reach",
        "domains",
        "reliable",
        "groups",
        "peers",
        "strain",
        "trust",
        "restated",
        "readings",
        "steps",
        "method",
        "legend",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_stands_in_a_table(language: str) -> None:
    later = cell("of_a_later_version", 7)
    source = full_source(cells=(*full_source().cells, later, withheld("recovered")))

    report = compose(source, language)

    shown = {
        entry.cell
        for section in report.sections
        for table in (*(figure.table for figure in section.figures), *section.details)
        for row in table.rows
        for entry in row
    }
    assert {reference(one) for one in source.cells if one.value is not None} <= shown


def test_report_of_old_cells_names_what_it_lacks() -> None:
    """A release from before has no figure of these sections; none of them is empty or zero."""
    new = {"dose", "came", "lives_here", "representativeness", "reach_rate", "restated"}
    new |= {"representativeness_expected"}
    new |= {"turn_out", "dose_received", "completion", "reliable_up", "reliable_none"}
    new |= {"reliable_down", "reliable_chance", "people_invited", "people_completed"}
    old = replace(without(full_source(), *new), peers=(), line=None, readings=(), next_steps=())

    sections = in_english(replace(old, corrections=(), changed_definitions=(), definitions=()))

    missing = [s.claim for s in sections["trust"].said if s.claim.kind == Kind.NOT_KNOWN]
    assert missing == [Claim(Kind.NOT_KNOWN, sections=("reach", "reliable", "peers"))]
    assert not {"reach", "reliable", "peers", "restated", "readings", "steps"} & set(sections)


def numbers_in(texts: list[str]) -> set[str]:
    return {number for text in texts for number in NUMBER.findall(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_alone_hold_every_number_of_the_charts(language: str) -> None:
    """Whoever sees no picture misses none of its figures; those of axes are only their measure."""
    for figure in figures_of(compose(full_source(), language)):
        drawn = [
            mark.text
            for mark in figure.drawing.marks
            if isinstance(mark, Words) and mark.role != "scale"
        ]
        entries = [entry.text for row in figure.table.rows for entry in row]
        table = [figure.table.caption, *figure.table.head, *entries]

        assert numbers_in(drawn) <= numbers_in(table), figure.key
        assert figure.table.rows, figure.key


def test_page_without_pictures_still_holds_all_figures() -> None:
    page = render(compose(full_source(), "en"), "html").decode()
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    axis = r'<text class="scale".*?</text>'
    pictures = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    words = [re.sub(r"<[^>]+>", " ", re.sub(axis, "", picture)) for picture in pictures]

    stripped = re.sub(r"<svg.*?</svg>|<figcaption>.*?</figcaption>", "", page, flags=re.DOTALL)

    assert len(pictures) == 19
    assert numbers_in(words) <= numbers_in([re.sub(r"<[^>]+>", " ", stripped)])


def boxes_of(drawing: Drawing) -> list[tuple[str, float, float, float, float]]:
    """Return each text with where it lies: as wide as in our fonts, as high as its capitals."""
    boxes = []
    for mark in drawing.marks:
        if isinstance(mark, Words):
            size = SMALL if mark.role == "scale" else LETTER
            width = width_of(mark.text, size, bold=mark.role == "label") / WIDEST
            left = mark.x - {"start": 0.0, "middle": width / 2, "end": width}[mark.anchor]
            boxes.append((mark.text, left, left + width, mark.y - size * 0.7, mark.y))
    return boxes


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_charts_never_overlap(language: str) -> None:
    for figure in figures_of(compose(full_source(), language)):
        boxes = boxes_of(figure.drawing)
        for text, left, right, top, bottom in boxes:
            assert left >= -1, (figure.key, text)
            assert right <= WIDTH + 1, (figure.key, text)
            assert top >= -1, (figure.key, text)
            assert bottom <= figure.drawing.height, (figure.key, text)
        for one, other in combinations(boxes, 2):
            is_beside = one[2] <= other[1] or other[2] <= one[1]
            is_above = one[4] <= other[3] or other[4] <= one[3]
            assert is_beside or is_above, (figure.key, one[0], other[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_small_and_tells_by_more_than_colour(language: str) -> None:
    source = full_source(peers=some_peers(300))

    for figure in figures_of(compose(source, language)):
        drawn = draw(figure.drawing, figure.key)
        assert len(drawn.encode()) <= 8000, figure.key
        assert figure.drawing.description
        assert not re.search(r"style=|fill=|stroke=", drawn)


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_full_report_is_made_in_every_script(form: str) -> None:
    for language in ("de", "ar", "uk"):
        report = compose(full_source(), language)
        assert render(report, form) == render(report, form)


def test_charts_say_what_was_planned() -> None:
    domains = in_english(full_source())["domains"].figures[0]
    open_ended = in_english(full_source(is_planned=False))["domains"].figures[0]

    assert domains.status.startswith("Planned beforehand: Belonging")
    assert open_ended.status == "Exploratory: not planned beforehand."


@pytest.mark.parametrize(
    ("n", "words"), [(30, "45 %"), (25, "about 10 of 25"), (15, "[c]"), (None, "45 %")]
)
def test_share_is_told_by_the_ladder(n: int | None, words: str) -> None:
    with speaking("en"):
        assert share_words(cell("completion", 45, n_rounded=n)) == words


# Flow --------------------------------------------------------------------------------------------


def test_flow_that_does_not_add_up_is_refused() -> None:
    section = in_english(swapped(full_source(), cell("people_reached", 135)))["flow"]

    assert [figure.key for figure in section.figures] == ["flow-survey"]
    assert kinds(section) == [Kind.FLOW_REFUSED, Kind.LINKED]


def test_flow_of_more_linked_than_answered_is_refused() -> None:
    section = in_english(swapped(full_source(), cell("answered_before", 60)))["flow"]

    assert [figure.key for figure in section.figures] == ["flow-programme"]
    assert kinds(section) == [Kind.FLOW_REFUSED]


def test_counts_that_do_not_add_up_stand_nowhere() -> None:
    page = render(
        compose(swapped(full_source(), cell("people_invited", 85)), "en"), "html"
    ).decode()

    assert 'data-cell="people_completed"' not in page
    assert 'data-cell="people_invited"' not in page


def test_withheld_box_withholds_its_exits() -> None:
    section = in_english(swapped(full_source(), withheld("people_completed")))["flow"]
    programme = section.figures[0]

    rows = [[entry.text for entry in row] for row in programme.table.rows]
    assert rows[-2:] == [
        ["Came at least once", "110", ""],
        ["Came to three quarters of the sessions or more", "[c]", ""],
    ]
    drawn = [mark.text for mark in programme.drawing.marks if isinstance(mark, Words)]
    assert "fewer than 10, or none" in drawn


def test_few_who_left_look_like_none() -> None:
    with speaking("en"):
        five = left_words(cell("people_enrolled", 45), cell("people_reached", 40))
        none = left_words(cell("people_enrolled", 45), cell("people_reached", 45))

    assert five == none == "fewer than 10, or none"


def test_withheld_steps_say_nothing_about_adding_up() -> None:
    assert adds_up([("", cell("a", 40)), ("", withheld("b")), ("", cell("c", 40))])
    assert not adds_up([("", cell("a", 40)), ("", withheld("b")), ("", cell("c", 45))])


def test_answers_without_cards_leave_cards_out() -> None:
    section = in_english(swapped(full_source(), cell("cards", 30)))["flow"]

    assert [row[0].text for row in section.figures[1].table.rows] == [
        "Answered before",
        "Answered after",
        "Answered both times",
    ]


# Reach -------------------------------------------------------------------------------------------


def test_likeness_stands_beside_the_best_that_chance_allows() -> None:
    section = in_english(full_source())["reach"]

    (age, *_rest) = [s for s in section.said if s.claim.kind == Kind.LIKENESS_AT_BEST]
    assert age.claim.figures == {"likeness": Decimal("0.65"), "perfect": Decimal("0.95")}
    assert age.text.startswith("Age: those who came are like those who live here by 0.65")


def test_likeness_without_public_figures_has_no_best() -> None:
    section = in_english(without(full_source(), "lives_here", "representativeness_expected"))[
        "reach"
    ]

    assert Kind.LIKENESS in kinds(section)
    assert Kind.LIKENESS_AT_BEST not in kinds(section)
    assert len(section.figures[0].table.head) == 2


def test_dose_is_never_tied_to_scores() -> None:
    assert Kind.NO_MORE_IS_BETTER in kinds(in_english(full_source())["reach"])


# What differs ------------------------------------------------------------------------------------


def test_twenty_dots_are_counted_by_where_they_lie() -> None:
    section = in_english(full_source())["domains"]

    (claim,) = [s.claim for s in section.said if s.claim.kind == Kind.PLAUSIBLE]
    assert {key: int(value) for key, value in claim.figures.items()} == {
        "above": 10,  # the published difference is 4, and 4 is the smallest that matters
        "within": 10,
        "below": 0,
        "smallest": 4,
        "opposite": -4,
    }


def test_moved_beyond_error_always_says_who_fell() -> None:
    section = in_english(full_source())["reliable"]

    moved = [said.text for said in section.said if said.claim.kind == Kind.MOVED]
    assert len(moved) == 2
    assert "20 % were lower" in moved[1]
    assert Kind.MOVED_BY_ERROR in kinds(section)


@pytest.mark.parametrize("n", [20, 25])
def test_moved_beyond_error_is_told_in_counts_below_thirty(n: int) -> None:
    shares = {"up": 40, "none": 40, "down": 20}
    cells = [
        cell(f"reliable_{name}", share, scale=key, n_rounded=n)
        for key in ("belonging", "employment")
        for name, share in shares.items()
    ]

    section = in_english(swapped(full_source(), *cells))["reliable"]

    assert Kind.MOVED_COUNTS in kinds(section)
    assert not any("%" in said.text for said in section.said)
    assert section.figures == ()
    assert len(section.details) == 1


def test_groups_are_told_apart_only_if_their_difference_is() -> None:
    apart = in_english(full_source())["groups"]

    (claim,) = [said.claim for said in apart.said]
    assert claim.kind == Kind.GROUPS_APART
    # 9 - -2 = 11; standard errors 5/1.96 each; 11 -/+ 1.96 x 3.61.
    assert claim.figures == {"low": Decimal(4), "high": Decimal(18)}
    assert claim.groups == (("about_gender", "1"), ("about_gender", "2"))


def test_one_group_alone_is_never_spoken_of() -> None:
    """The interval of the first excludes zero, that of the second doesn't; together they fit."""
    first = change_cells("belonging", (50, 5, 1, 9), dimension="g", category="1")[2]
    second = change_cells("belonging", (50, 3, -2, 8), dimension="g", category="2")[2]

    claim = about_groups(scale("belonging"), "g", [first, second])

    assert claim == Claim(Kind.GROUPS_FIT_TOGETHER, scales=("belonging",), groups=(("g", ""),))


def test_more_groups_need_a_larger_difference() -> None:
    """Of two groups these are apart; of four, one of six pairs lies so far by chance alone."""
    groups = [
        change_cells("belonging", (50, value, value - 5, value + 5), dimension="g", category=name)[
            2
        ]
        for name, value in (("1", 8), ("2", 0), ("3", 4), ("4", 4))
    ]

    assert about_groups(scale("belonging"), "g", groups[:2]).kind == Kind.GROUPS_APART
    assert about_groups(scale("belonging"), "g", groups).kind == Kind.GROUPS_FIT_TOGETHER


def test_groups_of_fewer_than_sixty_stand_side_by_side() -> None:
    section = in_english(swapped(full_source(), cell("linked", 55)))["groups"]

    assert kinds(section) == [Kind.GROUPS_SIDE_BY_SIDE]
    assert len(section.figures) == 1


def test_groups_stand_in_the_order_of_the_alphabet() -> None:
    def order(language: str) -> list[str]:
        sections = {section.key: section for section in compose(full_source(), language).sections}
        return [row[0].text for row in sections["groups"].figures[0].table.rows]

    assert order("en") == ["Men", "Women"]
    assert order("de") == ["Frauen", "Männer"]


# Others ------------------------------------------------------------------------------------------


def test_others_are_shown_from_five_communities_on() -> None:
    assert "peers" not in in_english(full_source(peers=some_peers(3)))
    assert "peers" in in_english(full_source(peers=some_peers(4)))


def test_ordinary_variation_is_told_from_ten_on() -> None:
    few = in_english(full_source(peers=some_peers(8)))["peers"]
    many = in_english(full_source(peers=some_peers(9)))["peers"]

    assert kinds(few)[0] == Kind.PEERS_FEW
    assert not [mark for mark in few.figures[0].drawing.marks if mark.role in {"limit", "far"}]
    assert kinds(many)[0] == Kind.PEERS_WITHIN
    assert len([mark for mark in many.figures[0].drawing.marks if mark.role == "limit"]) == 2


@pytest.mark.parametrize(("value", "kind"), [(60, Kind.PEERS_ABOVE), (-60, Kind.PEERS_BELOW)])
def test_community_far_outside_is_said_to_be(value: int, kind: Kind) -> None:
    alike = tuple(Peer(Decimal(2), Decimal(-2), Decimal(6)) for _ in range(12))
    own = change_cells("belonging", (50, value, value - 3, value + 3))

    section = in_english(swapped(full_source(peers=alike), *own))["peers"]

    assert kinds(section)[0] == kind
    assert not re.search(r"\b(best|worst|rank|first|last)\b", section.said[0].text)


def test_others_have_no_order_but_how_much_is_known() -> None:
    peers = some_peers(12)
    own = Peer(Decimal(4), Decimal(1), Decimal(7))
    comparison = compare(own, peers, 100)
    turned = compare(own, peers[::-1], 100)
    assert comparison is not None
    assert turned is not None

    rows = by_precision(comparison)

    assert [row.value for row in rows] == pytest.approx([row.value for row in by_precision(turned)])
    assert [row.is_own for row in rows].count(True) == 1
    known = [comparison.shrinkage.estimates[place].value for place in range(13)]
    places = [known.index(row.value) for row in rows]
    errors = [comparison.errors[place] for place in places]
    assert errors == sorted(errors, reverse=True)
    assert [row.value for row in rows] != sorted(known)


def test_table_of_hundreds_is_thinned_and_says_so() -> None:
    figure = in_english(full_source(peers=some_peers(200)))["peers"].figures[1]

    assert 30 <= len(figure.table.rows) <= 31
    assert "of 201 are shown, evenly chosen" in figure.drawing.description
    assert [row[0].text for row in figure.table.rows].count("this community") == 1


def test_peers_are_part_of_the_fingerprint() -> None:
    assert full_source().fingerprint != full_source(peers=some_peers(13)).fingerprint


# Strain ------------------------------------------------------------------------------------------


def test_reactivity_is_told_with_its_line_and_as_experimental() -> None:
    section = in_english(full_source())["strain"]

    found = kinds(section)
    start = found.index(Kind.USUAL_LINE)
    assert found[start:] == [
        Kind.USUAL_LINE,
        Kind.REACTIVITY_LOWER,
        Kind.REACTIVITY_LESS_RELIABLE,
        Kind.EXPERIMENTAL,
        Kind.CARE,
    ]
    assert section.figures[-1].key == "strain-plane"
    assert "less distress than usual for that strain" in section.figures[-1].drawing.description


def test_reactivity_that_hangs_on_reliability_has_no_direction() -> None:
    turned = cell("reactivity_change_low_reliability", 0.1, n_rounded=65)

    found = kinds(in_english(swapped(full_source(), turned))["strain"])

    assert Kind.REACTIVITY_UNCLEAR in found
    assert Kind.REACTIVITY_HANGS in found
    assert Kind.REACTIVITY_LOWER not in found


def test_reactivity_around_zero_is_not_told_as_the_same() -> None:
    around = cell("reactivity_change", -0.1, low=-0.4, high=0.2, n_rounded=65)

    section = in_english(swapped(full_source(), around))["strain"]

    (said,) = [said for said in section.said if said.claim.kind == Kind.REACTIVITY_UNCLEAR]
    assert "not enough information" in said.text


def test_strain_without_a_line_has_no_plane() -> None:
    section = in_english(full_source(line=None))["strain"]

    assert "strain-plane" not in [figure.key for figure in section.figures]


def test_no_sum_of_resources_and_no_resilience_score() -> None:
    page = render(compose(full_source(), "en"), "html").decode().lower()

    assert "resilien" not in page


# Trust, restatement, people's words --------------------------------------------------------------


@pytest.mark.parametrize(
    ("linked", "kind"),
    [
        (15, Kind.NEXT_RUNG_MOVED),
        (25, Kind.NEXT_RUNG_SHARES),
        (55, Kind.NEXT_RUNG_GROUPS),
        (60, None),
    ],
)
def test_small_reports_say_what_more_people_would_show(linked: int, kind: Kind | None) -> None:
    section = in_english(swapped(full_source(), cell("linked", linked)))["trust"]

    rungs = [one for one in kinds(section) if one.startswith("next_rung")]
    assert rungs == ([kind] if kind else [])


def test_start_of_those_who_came_back_is_told() -> None:
    section = in_english(full_source())["trust"]

    told = {s.claim.kind: s.claim.scales for s in section.said if s.claim.kind.startswith("start")}
    assert told == {
        Kind.STARTED_HIGHER: ("belonging",),
        Kind.STARTED_ALIKE: ("education",),
    }


def test_waterfall_that_does_not_add_up_is_refused() -> None:
    wrong = cell("restated", 30, scale="belonging", dimension="step", category="new_people")

    section = in_english(swapped(full_source(), wrong))["restated"]

    assert section.figures == ()
    assert Kind.RESTATED_REFUSED in kinds(section)


def test_waterfall_with_a_withheld_step_is_not_drawn() -> None:
    hidden = withheld("restated", scale="belonging", dimension="step", category="new_people")

    section = in_english(swapped(full_source(), hidden))["restated"]

    assert section.figures == ()
    assert Kind.RESTATED not in kinds(section)


def test_words_of_people_stand_as_they_were_said() -> None:
    sections = in_english(full_source())
    (reading,) = full_source().readings
    quoted = replace(reading, is_quote=True, text="هذا جيد", language="ar")

    (row,) = sections["readings"].details[0].rows
    assert row[1].text == "Many say the new tea room made it easier to meet."
    assert "brought up at a data walk · May 20, 2026 · Difference: Belonging" in row[0].text
    page = render(compose(full_source(readings=(quoted,)), "en"), "html").decode()
    assert 'lang="ar" dir="auto">“هذا جيد”' in page


def test_next_steps_say_why_who_and_until_when() -> None:
    (row,) = in_english(full_source())["steps"].details[0].rows

    assert row[0].text == "Open the tea room on Saturdays too"
    assert row[1].text.endswith("we saw that it matters to people")
    assert row[2].text == "coordination, Sept. 1, 2026"
    assert row[3].text == "open"


# Merged ------------------------------------------------------------------------------------------


def silent(*merged: Any) -> Source:
    cells = [*delivery_cells(), *(withheld(measure) for measure in SURVEY), *merged]
    return full_source(cells=tuple(cells), corrections=(), changed_definitions=())


@pytest.mark.parametrize(
    ("rung", "kind"),
    [
        ("two_cycles", Kind.MERGED_TWO_CYCLES),
        ("year", Kind.MERGED_YEAR),
        ("group", Kind.MERGED_GROUP),
        ("network", Kind.MERGED_NETWORK),
    ],
)
def test_silent_report_shows_merged_figures_as_such(rung: str, kind: Kind) -> None:
    merged = change_cells("belonging", (50, 5, 1, 9), dimension="merged", category=rung, n=30)

    sections = in_english(silent(*merged))

    assert kinds(sections["headline"])[-1] == kind
    assert kinds(sections["merged"]) == [kind, Kind.CAVEAT]
    assert sections["merged"].said[0].text.startswith("Belonging and security")
    (figure,) = sections["merged"].figures
    assert figure.status == "Not of this cycle alone."
    assert [entry.text for entry in figure.table.rows[0]][3] == "+5 (1 to 9)"


def test_lowest_rung_with_figures_is_taken_for_each_scale() -> None:
    cells = [
        *change_cells("belonging", (50, 5, 1, 9), dimension="merged", category="network"),
        *change_cells("belonging", (50, 6, 2, 10), dimension="merged", category="year"),
        *change_cells("education", (50, 5, 1, 9), dimension="merged", category="group"),
        withheld("change", scale="belonging", dimension="merged", category="two_cycles"),
    ]

    section = in_english(silent(*cells))["merged"]

    assert [said.claim for said in section.said[:2]] == [
        Claim(Kind.MERGED_YEAR, scales=("belonging",)),
        Claim(Kind.MERGED_GROUP, scales=("education",)),
    ]
    assert [figure.key for figure in section.figures] == ["merged-belonging", "merged-education"]


def test_merged_figures_stay_away_from_own_ones() -> None:
    merged = change_cells("belonging", (50, 5, 1, 9), dimension="merged", category="year")

    assert "merged" not in in_english(replace(full_source(), cells=(*full_source().cells, *merged)))


def test_one_scale_of_too_few_is_merged_beside_others() -> None:
    """The figures of health need more people; where they lack them, the others stay as they are."""
    merged = change_cells("phq4", (4, -1, -2, 0), dimension="merged", category="year", n=40)
    own = withheld("change", scale="phq4")
    source = swapped(without_scale(full_source(), "phq4"), own, *merged)

    sections = in_english(source)

    assert sections["merged"].said[0].claim.scales == ("phq4",)
    assert "domains" in sections


def without_scale(source: Source, key: str) -> Source:
    return replace(source, cells=tuple(one for one in source.cells if one.scale != key))


def test_silent_report_counts_nothing_that_is_withheld() -> None:
    """How many cells there are might tell nobody from a few."""
    method = in_english(silent())["method"]

    assert Kind.SHOWN_AND_WITHHELD not in kinds(method)
    assert "Figures that are not there, by reason" not in [
        table.caption for table in method.details
    ]


# Words -------------------------------------------------------------------------------------------


def test_every_claim_can_be_said_of_a_full_source() -> None:
    for language in LANGUAGES:
        report = compose(full_source(), language)
        for section in report.sections:
            for said in section.said:
                assert "%(" not in said.text
                with speaking(language):
                    assert said.text == sentence(said.claim, report.source)


def test_enough_people_who_are_withheld_for_others_are_not_called_few() -> None:
    hidden = replace(withheld("answered_before"), confidentiality=Confidentiality.SECONDARY)
    cells = [one for one in full_source().cells if one.measure != "answered_before"]
    source = full_source(cells=(*cells, hidden))

    report = compose(source, "en")

    sections = {section.key: section for section in report.sections}
    drawn = " ".join(figure.drawing.description for figure in sections["flow"].figures)
    said = " ".join(said.text for said in sections["trust"].said)
    assert "Answered before: not shown" in drawn
    assert "Too few people answered before" not in said
    assert "it would tell how few did not" in said


def test_who_came_is_shown_alone_where_nobody_knows_who_lives_there() -> None:
    cells = tuple(one for one in full_source().cells if one.measure != "lives_here")

    report = compose(full_source(cells=cells), "en")

    titles = {figure.drawing.title for section in report.sections for figure in section.figures}
    assert "Age: who came, in per cent" in titles
    assert not any("who lives here" in title for title in titles)
