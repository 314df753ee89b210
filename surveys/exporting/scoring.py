"""How the scores are made of the answers, as data that any program can follow."""

from surveys.document import Document, Scale
from surveys.exporting.variables import Layout, Variable
from surveys.scoring import SCORING_VERSION, scale_bounds


def scoring_definition(document: Document, layout: Layout) -> dict[str, object]:
    """Return every scale with its rule; the names are those of the variables beside it."""
    names = {variable.item_key: variable.name for variable in layout.answers}
    return {
        "instrument": document.code,
        "version": document.version,
        "scoring_version": SCORING_VERSION,
        "rules": {
            "missing": "A reason for no answer is never scored.",
            "reversed": "The value counts as minimum + maximum - value, by the declared bounds.",
            "required": (
                "items = items of the scale; not_applicable = those answered 'does not apply'; "
                "applicable = items - not_applicable. There is no score if "
                "2 * not_applicable > items, or if fewer items are answered than "
                "min(minimum_answered, "
                "max(2, ceil(applicable / 2), minimum_answered - not_applicable))."
            ),
            "percent_of_maximum": (
                "The mean over answered items of 100 * (value - minimum) / (maximum - minimum)."
            ),
            "mean": "The mean of the answered items.",
            "sum": "The number of items times the mean of the answered items.",
            "count": (
                "The number of items times the share of answered items with value >= threshold."
            ),
        },
        "scales": [
            _scale(scale, score, names)
            for scale, score in zip(document.scales, layout.scores, strict=True)
        ],
    }


def _scale(scale: Scale, score: Variable, names: dict[str, str]) -> dict[str, object]:
    low, high = scale_bounds(scale)
    return {
        "key": scale.key,
        "variable": score.name,
        "title": dict(scale.title),
        "role": scale.role.value,
        "domain": scale.domain.value,
        "method": scale.method.value,
        "direction": scale.direction.value,
        "minimum_answered": scale.minimum_answered,
        "threshold": scale.threshold if scale.method == "count" else None,
        "minimum": low,
        "maximum": high,
        "items": [
            {
                "key": entry.key,
                "variable": names[entry.key],
                "reversed": entry.reversed,
                "minimum": entry.item.minimum,
                "maximum": entry.item.maximum,
            }
            for entry in scale.items
        ],
    }
