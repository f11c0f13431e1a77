"""Covariates of a patient that a trial would record: sex, height, weight, performance status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.keys import Key
from leukin.population.spread import correlated, vary
from leukin.quantity import Parameter, from_canonical

Floats = NDArray[np.float64]

#: unit of every covariate in a table of patients
UNITS = {
    "male": "1",
    "height": "cm",
    "weight": "kg",
    "performance_status": "1",
    "lesions": "1",
    "tumour_volume": "mL",
    "sum_of_diameters": "mm",
}


@dataclass(frozen=True, slots=True)
class Joint:
    """What is drawn together: network parameters (canonical) and covariates (in UNITS), name -> [patient]."""

    parameters: Mapping[str, Floats]
    covariates: Mapping[str, NDArray[Any]]


def body(
    host: Mapping[str, Parameter],
    correlations: tuple[Any, ...],
    key: Key,
    patients: NDArray[np.int64],
    attempt: int = 0,
) -> Joint:
    """Height and weight (correlated), sex and performance status (independent of them) of patients.

    host: parameters of the host species: weight, height, sex_male (share), performance_0 (share of status 0).
    """
    names = ["height", "weight"]
    z = correlated(key.normal("height and weight", patients, len(names), attempt), names, correlations)
    u = key.uniform("sex and performance status", patients, 2, attempt)
    size = {}
    for column, name in enumerate(names):
        parameter = host[name]
        size[name] = np.asarray(vary(parameter, parameter.canonical, parameter.iiv_scale * z[:, column]))
    status = (u[:, 1] >= host["performance_0"].canonical).astype(np.float64)
    male = (u[:, 0] < host["sex_male"].canonical).astype(np.int8)
    shown = {name: from_canonical(value, UNITS[name]) for name, value in size.items()}
    return Joint(
        {**size, "performance_status": status}, {"male": male, **shown, "performance_status": status}
    )
