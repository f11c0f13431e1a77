"""Lesions of a patient: how many, how large, which clones are there, and the draws that decide their
extinction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukin.keys import Key
from leukin.population.covariates import Joint
from leukin.quantity import Parameter

Floats = NDArray[np.float64]

#: parameters that a network has where doses go into or beside lesions
INJECTED = ("local_volume_tumour", "local_volume_peritumoural")


def lesions(
    population: Mapping[str, Parameter],
    network: Mapping[str, Parameter],
    medians: Mapping[str, float],
    key: Key,
    patients: NDArray[np.int64],
    attempt: int = 0,
) -> Joint:
    """Lesions of patients, for as many slots as the network has (V0_lesion1, ...); nothing where it has
    none.

    The number of visible lesions is 1 + Poisson; volumes are log-normal; the volume of lesions beyond the
    slots is added to the slots in turn, and a slot without a lesion has volume 0. Antigen-loss cells at
    the start are the mutants that arose while the lesion grew (rate * ln(cells)) and, in some patients,
    an established clone; a clone below its extinction threshold is left out from the start. Where doses go
    into lesions, the first is the largest. medians: canonical values about which patients vary.
    """
    slots = sum(f"V0_lesion{i + 1}" in network for i in range(len(network)))
    if slots == 0:
        return Joint({}, {})
    most = int(population["most_lesions"].value)
    u = key.uniform("number of lesions", patients, 1, attempt)[:, 0]
    count = visible(u, population["extra_lesions"].canonical, most)
    size = network["V0_lesion1"]
    volume = medians["V0_lesion1"] * np.exp(
        size.iiv_scale * key.normal("lesion volume", patients, most, attempt)
    )
    volume = np.where(np.arange(most)[None, :] < count[:, None], volume, 0.0)
    merged = np.stack([volume[:, slot::slots].sum(axis=1) for slot in range(slots)], axis=1)
    if any(name in network for name in INJECTED):
        merged = -np.sort(-merged, axis=1)

    draws = -np.log(key.uniform("extinction", patients, 2 * slots, attempt))
    loss = lost(population, medians, merged, draws[:, slots:], key, patients, attempt)
    parameters: dict[str, Floats] = {}
    for slot in range(slots):
        label = f"lesion{slot + 1}"
        parameters[f"V0_{label}"] = merged[:, slot]
        parameters[f"loss_{label}"] = loss[:, slot]
        parameters[f"extinction1_{label}"] = draws[:, slot]
        parameters[f"extinction2_{label}"] = draws[:, slots + slot]
    diameter = np.cbrt(6.0 / math.pi * merged) * 100.0  # dm to mm
    covariates: dict[str, NDArray[Any]] = {
        "lesions": count,
        "tumour_volume": merged.sum(axis=1) * 1000.0,  # L to mL
        "sum_of_diameters": diameter.sum(axis=1),
    }
    return Joint(parameters, covariates)


def visible(u: Floats, mean: float, most: int) -> NDArray[np.int64]:
    """1 + Poisson(mean), at most `most`, from uniform numbers."""
    probabilities = [math.exp(-mean) * mean**k / math.factorial(k) for k in range(most - 1)]
    return 1 + np.searchsorted(np.cumsum(probabilities), u, side="right").astype(np.int64)


def lost(
    population: Mapping[str, Parameter],
    medians: Mapping[str, float],
    volume: Floats,
    draw: Floats,
    key: Key,
    patients: NDArray[np.int64],
    attempt: int,
) -> Floats:
    """Share of antigen-loss cells of every lesion at the start, float64[patient, slot]."""
    cells = volume * medians["cell_density"]
    one = medians["one_cell"]
    fraction = population["loss_fraction"]
    has = key.uniform("loss clone", patients, 1, attempt) < population["loss_established"].canonical
    z = key.normal("size of loss clone", patients, 1, attempt)
    established = np.where(has, fraction.canonical * np.exp(fraction.iiv_scale * z), 0.0)
    mutants = population["loss_mutation"].canonical * np.log(np.maximum(cells / one, 1.0))
    share = np.minimum(established + mutants, 1.0)
    threshold = np.maximum(draw / medians["clonogenic"], 1.0) * one
    return np.where(share * cells < threshold, 0.0, share)
