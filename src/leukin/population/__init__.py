"""Virtual patients: drawn from the spreads of the catalogue, screened on their untreated course."""

from leukin.population.cohort import Cohort, cohort
from leukin.population.covariates import UNITS
from leukin.population.plausible import REASONS, Screen, plausible, screen
from leukin.population.sample import Drawn, draw_parameters, sample, typical

__all__ = [
    "REASONS",
    "UNITS",
    "Cohort",
    "Drawn",
    "Screen",
    "cohort",
    "draw_parameters",
    "plausible",
    "sample",
    "screen",
    "typical",
]
