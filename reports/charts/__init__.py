"""Charts as geometry: pure functions from published figures to shapes, drawn elsewhere.

One module per kind. Everything is laid out for a phone of 360 px and grows from there. Axes run
from left to right in every language; only the side of the words changes.
"""

from reports.charts.axes import Axis, axis_of
from reports.charts.balance import Balance, balance_chart
from reports.charts.bars import Bar, bar_chart, bullet_chart, column_chart
from reports.charts.dumbbells import Dumbbell, dumbbell_chart
from reports.charts.flow import Step, flow_chart
from reports.charts.intervals import Interval, interval_chart
from reports.charts.networks import (
    Limits,
    Shrunken,
    Spot,
    caterpillar_chart,
    funnel_chart,
)
from reports.charts.plane import PlaneWords, UsualLine, plane_chart
from reports.charts.quantiles import plausible_values, quantile_chart
from reports.charts.shapes import Box, Dot, Dots, Drawing, Line, Mark, Shape, Trail, Words
from reports.charts.waterfall import waterfall_chart

__all__ = [
    "Axis",
    "Balance",
    "Bar",
    "Box",
    "Dot",
    "Dots",
    "Drawing",
    "Dumbbell",
    "Interval",
    "Limits",
    "Line",
    "Mark",
    "PlaneWords",
    "Shape",
    "Shrunken",
    "Spot",
    "Step",
    "Trail",
    "UsualLine",
    "Words",
    "axis_of",
    "balance_chart",
    "bar_chart",
    "bullet_chart",
    "caterpillar_chart",
    "column_chart",
    "dumbbell_chart",
    "flow_chart",
    "funnel_chart",
    "interval_chart",
    "plane_chart",
    "plausible_values",
    "quantile_chart",
    "waterfall_chart",
]
