"""From standard normal numbers to values: distributions, bounds and correlations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.errors import CatalogError, Problem
from leukin.quantity import Parameter, unit

Floats = NDArray[np.float64]


def vary(parameter: Parameter, centre: float, shift: Any) -> Any:
    """`centre` (canonical) moved by `shift` on the scale of the parameter's distribution, kept in its bounds."""
    factor = unit(parameter.unit).factor
    value: Any
    if parameter.dist == "lognormal":
        value = centre * np.exp(shift)
    elif parameter.dist == "logitnormal":
        share = centre / factor
        value = factor / (1.0 + (1.0 - share) / share * np.exp(-np.asarray(shift)))
    else:
        value = centre + np.asarray(shift) * factor
    if parameter.bounds is not None:
        low, high = (bound * factor for bound in parameter.bounds)
        value = np.clip(value, low, high)
    return value


def correlated(z: Floats, names: Sequence[str], correlations: Iterable[Any]) -> Floats:
    """Independent normal numbers z[patient, name] with the given correlations between names put in.

    Pairs with a name that is not in `names` are ignored. Raises CatalogError when the correlations contradict
    each other.
    """
    index = {name: i for i, name in enumerate(names)}
    pairs = [c for c in correlations if c.first in index and c.second in index]
    if not pairs:
        return z
    matrix = np.eye(len(names))
    for c in pairs:
        i, j = index[c.first], index[c.second]
        matrix[i, j] = matrix[j, i] = c.value
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError as error:
        listed = ", ".join(f"{c.first}-{c.second}" for c in pairs)
        raise CatalogError(Problem(field="correlation", reason=f"{listed} cannot hold together")) from error
    # row by row, so that a patient does not depend on how many others there are
    mixed: Floats = sum((z[:, [k]] * root[:, k][None, :] for k in range(len(names))), np.zeros_like(z))
    return mixed
