"""Charts as geometry: every figure where it belongs, told by shape and words, not by colour."""

import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import (
    Balance,
    Bar,
    Box,
    Dot,
    Dots,
    Drawing,
    Interval,
    Limits,
    Line,
    Shape,
    Shrunken,
    Spot,
    Step,
    Trail,
    Words,
    axis_of,
    balance_chart,
    bar_chart,
    bullet_chart,
    caterpillar_chart,
    column_chart,
    flow_chart,
    funnel_chart,
    interval_chart,
    plausible_values,
    quantile_chart,
    waterfall_chart,
)
from reports.charts.lettering import width_of, wrap
from reports.charts.shapes import MARGIN, SPACE, WIDTH
from reports.charts.waterfall import Step as Move
from reports.claims import EVIDENCE, Kind
from reports.svg import draw
from reports.wording import speaking


def row(kind: Kind, value: int | None, low: int | None, high: int | None) -> Interval:
    parts = [None if part is None else Decimal(part) for part in (value, low, high)]
    return Interval("Belonging <&>", "+5", kind, *parts)


def chart(*rows: Interval) -> Drawing:
    return interval_chart("Title", "Text", rows, Decimal(4), tick_text=str)


def marks(drawing: Drawing, role: str) -> list[object]:
    return [mark for mark in drawing.marks if mark.role == role]


@given(st.lists(st.floats(-1e4, 1e4, allow_nan=False), min_size=1, max_size=8))
def test_axis_holds_all_values_and_zero_at_round_figures(values: list[float]) -> None:
    axis = axis_of([*values, 4.0, -4.0])

    assert axis.low <= min(*values, -4.0)
    assert axis.high >= max(*values, 4.0)
    assert 0 < axis.place(0) < WIDTH
    assert Decimal(0) in list(axis.ticks())
    assert len(list(axis.ticks())) <= 9


def test_interval_chart_places_what_it_shows() -> None:
    drawing = chart(row(Kind.CLEAR_RISE, 10, 5, 15))
    axis = axis_of([5, 15, 4, -4])

    (interval,) = marks(drawing, "interval")
    (band,) = marks(drawing, "band")

    assert isinstance(interval, Line)
    assert (interval.x1, interval.x2) == (axis.place(5), axis.place(15))
    assert isinstance(band, Box)
    assert (band.x, round(band.x + band.width, 2)) == (axis.place(-4), axis.place(4))


def test_evidence_is_told_by_shape() -> None:
    def form(kind: Kind) -> object:
        drawing = chart(row(kind, 5, 1, 9))
        (mark,) = [mark for mark in drawing.marks if mark.role in {"point", "ring"}]
        if isinstance(mark, Shape):
            return "right" if mark.points[1][0] > mark.points[0][0] else "left"
        return type(mark)

    assert [form(kind) for kind in EVIDENCE] == ["right", "right", Box, Dot, "left", "left"]


def test_withheld_row_has_words_and_no_mark() -> None:
    drawing = chart(row(Kind.WITHHELD, None, None, None), row(Kind.CLEAR_RISE, 9, 5, 13))

    assert len(marks(drawing, "interval")) == 1
    assert len(marks(drawing, "label")) == 2


def test_right_to_left_changes_the_side_of_words_alone() -> None:
    rows = [row(Kind.CLEAR_RISE, 10, 5, 15)]
    with speaking("en"):
        left = chart(*rows)
    with speaking("ar"):
        right = chart(*rows)

    (label,) = marks(right, "label")
    assert isinstance(label, Words)
    assert label.anchor == "end"
    assert [mark for mark in left.marks if not isinstance(mark, Words)] == [
        mark for mark in right.marks if not isinstance(mark, Words)
    ]


@pytest.mark.parametrize("hidden", [0, 9])
def test_withheld_bar_tells_nothing_by_its_length(hidden: int) -> None:
    bars = [Bar("Before", "60", Decimal(60)), Bar("After", "[c]")]

    drawing = bar_chart("Title", "Text", bars)

    (outline,) = marks(drawing, "withheld")
    (bar,) = marks(drawing, "bar")
    assert isinstance(outline, Box)
    assert isinstance(bar, Box)
    assert outline.width == bar.width


def test_drawing_is_accessible_and_needs_no_inline_style() -> None:
    drawn = draw(chart(row(Kind.CLEAR_RISE, 10, 5, 15)), "domains-1")

    picture = ET.fromstring(drawn)  # noqa: S314 - drawn by us
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == "domains-1-title domains-1-text"
    assert [child.tag for child in picture][:2] == ["title", "desc"]
    assert "Belonging &lt;&amp;&gt;" in drawn
    assert not re.search(r"style=|\son\w+=|<script", drawn)


# Words ------------------------------------------------------------------------------------------


def test_letters_are_as_wide_as_their_font_says() -> None:
    """Measured by typst 0.15.2: `measure(text(font: "Noto Sans", size: 1000pt, "A")).width`."""
    assert width_of("A", 1000) == pytest.approx(639 * 1.15, abs=0.1)
    assert width_of(" ", 1000) == pytest.approx(260 * 1.15, abs=0.1)
    assert width_of("A", 1000, bold=True) == pytest.approx(692 * 1.15, abs=0.1)
    assert width_of("Ж", 1000) == pytest.approx(905 * 1.15, abs=0.1)
    assert width_of("\N{LEFT-TO-RIGHT ISOLATE}A\N{POP DIRECTIONAL ISOLATE}") == width_of("A")


@pytest.mark.parametrize("text", ["العلاقات مع الجيران في الحي", "Бюро взаємодопомоги сусідів"])
def test_letters_of_every_script_are_known(text: str) -> None:
    assert len({width_of(letter) for letter in text}) > 4


@given(st.text(st.characters(categories=["L", "Zs"]), max_size=120), st.integers(60, 300))
def test_wrapping_keeps_every_word(text: str, width: int) -> None:
    lines = wrap(text, width)

    assert " ".join(lines).split() == text.split()
    assert all(width_of(line) <= width or " " not in line for line in lines)


def test_wrapping_keeps_the_direction_of_each_line() -> None:
    lines = wrap("\u2068one two three\u2069 four", 60)

    assert lines == ["\u2068one two\u2069", "\u2068three\u2069", "four"]


def test_long_name_and_note_stand_on_lines_of_their_own() -> None:
    name = "Belonging and security in the neighbourhood and beyond"
    drawing = interval_chart(
        "Title",
        "Text",
        [Interval(name, "+5 (1 to 9), far too long for the rest", Kind.CLEAR_RISE, Decimal(5))],
        Decimal(4),
        tick_text=str,
    )

    labels = [mark for mark in drawing.marks if isinstance(mark, Words) and mark.role == "label"]
    notes = [mark for mark in drawing.marks if isinstance(mark, Words) and mark.role == "note"]
    assert " ".join(label.text for label in labels) == name
    assert len(labels) == 2
    assert min(note.y for note in notes) > max(label.y for label in labels)


# Kinds ------------------------------------------------------------------------------------------


def test_inner_interval_is_half_as_plausible_as_the_outer() -> None:
    """Of a normal distribution, +/- 0.674 standard errors hold a half, +/- 1.960 hold 95 %."""
    drawing = chart(row(Kind.CLEAR_RISE, 10, 0, 20))
    axis = axis_of([0, 20, 4, -4])

    (likely,) = marks(drawing, "likely")

    assert isinstance(likely, Line)
    assert likely.x1 == pytest.approx(axis.place(10 - 10 * 0.6745 / 1.95996), abs=0.05)
    assert likely.x2 == pytest.approx(axis.place(10 + 10 * 0.6745 / 1.95996), abs=0.05)


def test_bullet_stands_at_what_was_planned() -> None:
    drawing = bullet_chart("", "", [Bar("Sessions", "6 of 8", Decimal(6), Decimal(8))])

    (plan,) = marks(drawing, "plan")
    (held,) = marks(drawing, "bar")
    assert isinstance(plan, Line)
    assert isinstance(held, Box)
    assert (plan.x1, held.width) == (MARGIN + SPACE, SPACE * 6 / 8)


def test_columns_are_as_high_as_their_figures() -> None:
    drawing = column_chart(
        "", "", [Bar("0", "", Decimal(20)), Bar("1", "", Decimal(60)), Bar("2", "")]
    )

    small, large = marks(drawing, "bar")
    (outline,) = marks(drawing, "withheld")
    assert isinstance(small, Box)
    assert isinstance(large, Box)
    assert isinstance(outline, Box)
    assert small.height == pytest.approx(large.height / 3, abs=0.01)
    assert outline.height == large.height


def test_twenty_dots_are_the_twentieths_of_a_normal_distribution() -> None:
    values = plausible_values(Decimal(0), Decimal("-1.96"), Decimal("1.96"))

    assert len(values) == 20
    assert values[0] == pytest.approx(-1.95996, abs=1e-4)  # at 0.025
    assert values[9] == pytest.approx(-0.06271, abs=1e-4)  # at 0.475
    assert sum(values) == pytest.approx(0)
    assert plausible_values(Decimal(3), Decimal(3), Decimal(3)) == [3] * 20


def test_dots_within_the_band_are_rings() -> None:
    values = plausible_values(Decimal(4), Decimal(0), Decimal(8))
    drawing = quantile_chart("", "", values, Decimal(4), tick_text=str)

    assert (len(marks(drawing, "ring")), len(marks(drawing, "point"))) == (10, 10)


def test_balance_fills_the_bar_and_marks_what_error_alone_gives() -> None:
    drawing = balance_chart("", "", [Balance("Belonging", "", down=0.1, up=0.3, chance=0.025)])

    (up,), (down,) = marks(drawing, "bar"), marks(drawing, "down")
    assert isinstance(up, Box)
    assert isinstance(down, Box)
    assert (down.x, round(up.x + up.width, 2)) == (MARGIN, WIDTH - MARGIN)
    assert (round(down.width / SPACE, 3), round(up.width / SPACE, 3)) == (0.1, 0.3)
    assert len(marks(drawing, "chance")) == 2
    (hatch,) = marks(drawing, "hatch")  # told apart without colours
    assert isinstance(hatch, Trail)


def test_flow_says_who_left_beside_the_arrow() -> None:
    with speaking("en"):
        drawing = flow_chart("", "", [Step("Came", "about 40", "left: 15"), Step("Stayed", "25")])

    assert [mark.text for mark in marks(drawing, "note") if isinstance(mark, Words)] == ["left: 15"]
    assert len(marks(drawing, "step")) == 2


def test_funnel_of_thousands_stays_small() -> None:
    others = [Spot(1 + number % 97 / 50, number % 41 - 20) for number in range(2000)]
    limits = [Limits(1 + step / 12, ((-9, 9), (-14, 14))) for step in range(25)]

    drawing = funnel_chart(
        "", "", (Spot(1.5, 3), others), (0.5, limits), axis_title="", tick_text=str
    )

    (dots,) = marks(drawing, "others")
    assert isinstance(dots, Dots)
    assert 200 < len(dots.points) <= 400
    assert len(draw(drawing, "key")) < 8000


def test_caterpillar_names_nobody_but_the_own() -> None:
    rows = [Shrunken(1, -1, 3), Shrunken(2, 1, 3, is_own=True), Shrunken(0, -1, 1)]

    drawing = caterpillar_chart("", "", rows, 1, own_label="this one", tick_text=str)

    labels = [mark.text for mark in marks(drawing, "label") if isinstance(mark, Words)]
    assert labels == ["this one"]
    assert len(marks(drawing, "thin")) == 2


def test_waterfall_steps_begin_where_the_last_one_ended() -> None:
    steps = [
        Move("Last", "", 2, is_level=True),
        Move("New", "", 3),
        Move("This", "", 5, is_level=True),
    ]

    drawing = waterfall_chart("", "", steps, tick_text=str)
    axis = axis_of([2, 5])

    (move,) = marks(drawing, "interval")
    assert isinstance(move, Line)
    assert (move.x1, move.x2) == (axis.place(2), axis.place(5))
