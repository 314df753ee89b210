"""Charts as geometry: every figure where it belongs, told by shape and words, not by colour."""

import re
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import (
    WIDTH,
    Bar,
    Box,
    Dot,
    Drawing,
    Interval,
    Line,
    Shape,
    Words,
    axis_of,
    bar_chart,
    interval_chart,
)
from reports.claims import EVIDENCE, Kind
from reports.svg import draw


def row(kind: Kind, value: int | None, low: int | None, high: int | None) -> Interval:
    parts = [None if part is None else Decimal(part) for part in (value, low, high)]
    return Interval("Belonging <&>", "+5", kind, *parts)


def chart(*rows: Interval, right_to_left: bool = False) -> Drawing:
    return interval_chart(
        "Title", "Text", rows, Decimal(4), right_to_left=right_to_left, tick_text=str
    )


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
    left, right = chart(*rows), chart(*rows, right_to_left=True)

    (label,) = marks(right, "label")
    assert isinstance(label, Words)
    assert label.anchor == "end"
    assert [mark for mark in left.marks if not isinstance(mark, Words)] == [
        mark for mark in right.marks if not isinstance(mark, Words)
    ]


@pytest.mark.parametrize("hidden", [0, 9])
def test_withheld_bar_tells_nothing_by_its_length(hidden: int) -> None:
    bars = [Bar("Before", "60", Decimal(60)), Bar("After", "[c]")]

    drawing = bar_chart("Title", "Text", bars, right_to_left=False)

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
