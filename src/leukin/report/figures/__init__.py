"""Figures of a run, one function each; they return matplotlib axes."""

from leukin.report.figures.cells import lymphocytes, pstat5
from leukin.report.figures.comparison import comparison
from leukin.report.figures.dose_response import dose_response
from leukin.report.figures.doses import doses
from leukin.report.figures.drivers import drivers
from leukin.report.figures.il2 import il2
from leukin.report.figures.panels import cytokines, vital_signs
from leukin.report.figures.survival import kaplan_meier
from leukin.report.figures.toxicity import toxicity
from leukin.report.figures.tumour import spider, waterfall

__all__ = [
    "comparison",
    "cytokines",
    "dose_response",
    "doses",
    "drivers",
    "il2",
    "kaplan_meier",
    "lymphocytes",
    "pstat5",
    "spider",
    "toxicity",
    "vital_signs",
    "waterfall",
]
