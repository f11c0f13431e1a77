"""Platelets and neutrophils: loss to leaking vessels, release by interleukin-6, and failing chemotaxis."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, parse

NOT_MODELLED = (
    "marrow suppression, thrombopoietin and the rebound of platelets above their level before treatment",
    "bleeding; platelet function; transfusion",
    "infection itself: its hazard of death follows the defect of neutrophils; antibiotics and catheters are not apart",
    "red cells and anaemia; monocytes",
)


def blood_counts(parameters: Mapping[str, Parameter]) -> Network:
    """Platelets and neutrophils (1e9/L) in blood, and the defect of neutrophil chemotaxis.

    parameters: the entries of mechanisms/blood-counts.toml. Free names: leak and leak_limit of the vessels, activation and
    IL6 of the cytokines.

        dPLT/dt = loss (PLT0 - PLT (1 + consumption leak/leak_limit))        consumption: at the limit of leak
        dNEU/dt = turnover (NEU0 level (1 + rise IL6/(K + IL6)) - NEU)
        dD/dt   = rate (activation - D)        chemotaxis = 1/(1 + D/D_half)

    The integral of D over time is that of activation, so that a hazard by D kills as many as one by activation, days
    later: death from infection follows the defect, not the dose. Untreated counts are exactly steady.
    Klempner et al. 1990, N Engl J Med 322:959.
    """
    return equations(
        species=[
            Species("platelets", "1e9/L", parse("platelets0"), scale=200.0),
            Species("neutrophils", "1e9/L", parse("neutrophils0*neutrophil_level"), scale=5.0),
            Species("neutrophil_defect", "1", scale=1.0),
        ],
        variables={
            "recruited": ("1", "max(neutrophils/neutrophils0 - 1, 0)"),
            "chemotaxis": ("1", "1/(1 + neutrophil_defect/defect_half)"),
        },
        rates={
            "platelets": "platelet_loss*(platelets0 - platelets*(1 + platelet_consumption*leak/leak_limit))",
            "neutrophils": "neutrophil_turnover*(neutrophils0*neutrophil_level*(1 + neutrophil_rise*IL6/(IL6_neutrophil + IL6))"
            " - neutrophils)",
            "neutrophil_defect": "defect_rate*(activation - neutrophil_defect)",
        },
        observables={
            "count_blood.platelet": ("1e9/L", "platelets"),
            "count_blood.neutrophil": ("1e9/L", "neutrophils"),
            "chemotaxis": ("%", "chemotaxis"),
        },
        parameters=parameters,
    )
