"""Draws charts as SVG for web pages: colours and letters come from the style sheet."""

from html import escape

from reports.charts import Box, Dot, Dots, Drawing, Line, Mark, Shape, Trail, Words


def draw(drawing: Drawing, key: str) -> str:
    marks = "".join(_tag(mark) for mark in drawing.marks)
    return (
        f'<svg class="chart" role="img" viewBox="0 0 {drawing.width:g} {drawing.height:g}" '
        f'aria-labelledby="{key}-title {key}-text">'
        f'<title id="{key}-title">{escape(drawing.title)}</title>'
        f'<desc id="{key}-text">{escape(drawing.description)}</desc>{marks}</svg>'
    )


def _tag(mark: Mark) -> str:
    look = f'class="{mark.role}"'
    match mark:
        case Line(_, x1, y1, x2, y2):
            return f'<line {look} x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'
        case Box(_, x, y, width, height):
            return f'<rect {look} x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>'
        case Dot(_, x, y, radius):
            return f'<circle {look} cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'
        case Words(_, x, y, anchor, text):
            return f'<text {look} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
    return _through_points(mark, look)


def _through_points(mark: Shape | Trail | Dots, look: str) -> str:
    if isinstance(mark, Dots):
        # A stroke of no length with round ends is a dot.
        strokes = "".join(f"M{x:g} {y:g}h0" for x, y in mark.points)
        return f'<path {look} d="{strokes}"/>'
    corners = " ".join(f"{x:g},{y:g}" for x, y in mark.points)
    tag = "polygon" if isinstance(mark, Shape) else "polyline"
    return f'<{tag} {look} points="{corners}"/>'
