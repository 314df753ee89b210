"""Ordinary least squares, the one place where a line is put through persons."""

from dataclasses import dataclass

import numpy as np

from measurement.inputs import Floats, Table, matrix


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """A fitted line.

    Attributes
    ----------
    coefficients, residuals
        In the order of the columns, and of the persons.
    bread
        Inverse of X'X.
    degrees_of_freedom
        Persons minus columns.
    """

    coefficients: Floats
    residuals: Floats
    bread: Floats
    degrees_of_freedom: int

    @property
    def standard_errors(self) -> Floats:
        """Of the coefficients, where persons are independent and vary alike."""
        variance = float(self.residuals @ self.residuals) / self.degrees_of_freedom
        return np.sqrt(variance * np.diag(self.bread))


def design_matrix(predictors: Table | None, n: int) -> Floats:
    """Put an intercept before the predictors (persons x columns); None for the mean alone."""
    if predictors is None:
        return np.ones((n, 1))
    columns = matrix(predictors, "predictors")
    if len(columns) != n:
        raise ValueError(f"predictors must have a row for each of {n}, not {len(columns)}.")
    return np.column_stack([np.ones(n), columns])


def fit(design: Floats, outcome: Floats) -> LeastSquares:
    """Fit by least squares.

    Raises
    ------
    ValueError
        If there are not more persons than columns, or a column follows from the others.
    """
    n, columns = design.shape
    if n <= columns:
        raise ValueError(f"a line with {columns} coefficient(s) needs more persons than {n}.")
    orthogonal, triangle = np.linalg.qr(design)
    # Columns are compared at equal length, so that the unit of a predictor does not matter.
    scale = np.linalg.norm(design, axis=0)
    if not scale.all() or np.linalg.matrix_rank(design / scale) < columns:
        raise ValueError("predictors must not follow from each other or be constant.")
    inverse = np.linalg.inv(triangle)
    coefficients = inverse @ (orthogonal.T @ outcome)
    return LeastSquares(
        coefficients=coefficients,
        residuals=outcome - design @ coefficients,
        bread=inverse @ inverse.T,
        degrees_of_freedom=n - columns,
    )
