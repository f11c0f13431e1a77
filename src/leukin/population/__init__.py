"""Virtual patients: drawn from the spreads of the catalogue, screened on their untreated course."""

from leukin.population.cohort import Cohort, cohort
from leukin.population.covariates import UNITS
from leukin.population.plausible import REASONS, plausible
from leukin.population.recipe import Recipe, recipe
from leukin.population.sample import Drawn, draw_parameters, sample, typical, uncertain

__all__ = [
    "REASONS",
    "UNITS",
    "Cohort",
    "Drawn",
    "Recipe",
    "cohort",
    "draw_parameters",
    "plausible",
    "recipe",
    "sample",
    "typical",
    "uncertain",
]
