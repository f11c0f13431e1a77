"""Covariates of a patient that a trial would record: sex, height, weight, performance status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.keys import Key
from leukin.quantity import Parameter

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
    population: Mapping[str, Parameter], key: Key, patients: NDArray[np.int64], attempt: int = 0
) -> Joint:
    """Sex, height, weight and performance status of patients.

    weight = median of the sex * (height / median height)**weight_of_height * exp(sd z), height log-normal.
    """
    u = key.uniform("sex and status", patients, 2, attempt)
    z = key.normal("height and weight", patients, 2, attempt)
    men = u[:, 0] < population["male_share"].canonical
    status = (u[:, 1] < population["performance_share"].canonical).astype(np.float64)

    def of_sex(name: str) -> tuple[Floats, Floats]:
        both = population[f"{name}_men"], population[f"{name}_women"]
        median = np.where(men, both[0].canonical, both[1].canonical)
        return median, np.where(men, both[0].iiv_scale, both[1].iiv_scale)

    median_height, spread = of_sex("height")
    relative = np.exp(spread * z[:, 0])
    median_weight, spread = of_sex("weight")
    weight = median_weight * relative ** population["weight_of_height"].canonical * np.exp(spread * z[:, 1])
    height = median_height * relative
    return Joint(
        {"weight": weight, "height": height, "performance_status": status},
        {
            "male": men.astype(np.int8),
            "height": height * 10.0,
            "weight": weight / 1000.0,
            "performance_status": status,
        },
    )
