"""What a reader writes down: two diameters of every lesion, with an error and a detection limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukin.keys import Key
from leukin.quantity import Parameter, from_canonical

Floats = NDArray[np.float64]

NOT_MODELLED = (
    "lesions that are not spheres, lymph nodes by their short axis, lesions that cannot be measured",
    "scans missed, made late or read by several readers",
)

#: diameters read on each lesion: the longest and its perpendicular
READINGS = 2


@dataclass(frozen=True, slots=True)
class Reader:
    """error: standard deviation of the logarithm of one reading; detection_limit and new_lesion in mm."""

    error: float
    detection_limit: float
    new_lesion: float


def reader(conduct: Mapping[str, Parameter]) -> Reader:
    """The reader of the mechanism `trial-conduct`."""
    cv = conduct["reader_cv"].canonical
    return Reader(
        error=float(np.sqrt(np.log1p(cv**2))),
        detection_limit=from_canonical(conduct["detection_limit"].canonical, "mm"),
        new_lesion=from_canonical(conduct["new_lesion"].canonical, "mm"),
    )


def reading_noise(key: Key, patients: NDArray[np.int64], scans: int, lesions: int) -> Floats:
    """Standard normal reader errors, float64[patient, scan, lesion, 2]; the same in every arm."""
    return key.normal("scan reading", patients, scans * lesions * READINGS).reshape(
        -1, scans, lesions, READINGS
    )


def read_scans(diameters: Floats, noise: Floats, reader: Reader) -> Floats:
    """Readings float64[patient, scan, lesion, 2] in mm of lesions whose true diameters are float64[patient,
    scan, lesion].

    Reading = diameter exp(error z); a lesion whose larger reading lies below the detection limit is read as
    0.
    """
    readings = diameters[..., None] * np.exp(reader.error * noise)
    seen = readings.max(axis=-1, keepdims=True) >= reader.detection_limit
    return np.where(seen, readings, 0.0)
