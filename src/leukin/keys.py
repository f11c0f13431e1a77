"""Random numbers by counter: patient i gets the same numbers whatever the number of patients, their order or the worker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Key:
    """A seed from which every stream of random numbers follows.

    Numbers come from Philox keyed by (seed, stream) with a counter made of (patient, attempt), after Salmon 2011,
    Proc SC11, doi:10.1145/2063384.2063405.
    """

    seed: int

    def generator(self, stream: str, patient: int, attempt: int = 0) -> np.random.Generator:
        """The generator of one patient and attempt in the named stream."""
        digest = hashlib.sha256(f"{self.seed}/{stream}".encode()).digest()
        key = np.frombuffer(digest[:16], dtype=np.uint64)
        counter = np.array([0, 0, attempt, patient], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key, counter=counter))

    def normal(self, stream: str, patients: NDArray[np.int64], size: int, attempt: int = 0) -> Floats:
        """Standard normal numbers, float64[patient, size]."""
        draws = [self.generator(stream, int(p), attempt).standard_normal(size) for p in patients]
        return np.array(draws, dtype=np.float64).reshape(len(patients), size)

    def uniform(self, stream: str, patients: NDArray[np.int64], size: int, attempt: int = 0) -> Floats:
        """Uniform numbers in (0, 1), float64[patient, size]."""
        draws = [self.generator(stream, int(p), attempt).random(size) for p in patients]
        return np.array(draws, dtype=np.float64).reshape(len(patients), size) + 2.0**-54
