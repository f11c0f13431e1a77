"""Vascular leak: activated killer cells and TNF, multiplied by endothelial CD25, raise permeability."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, name

NOT_MODELLED = (
    "direct action of interleukin-2 on endothelium without lymphocytes (figure F104): leak needs lymphocytes here",
    "organs apart: no lung water or oxygen need; the lung index of mice (figure F100) is not compared",
    "neutrophils in late leak (figure F103)",
)


def vascular_leak(parameters: Mapping[str, Parameter]) -> Network:
    """Leak J, the whole-body permeability that follows from it, and angiopoietin-2.

    parameters: the entries of mechanisms/vascular-leak.toml. Free names: activation, alpha_arm and TNF of the
    cytokines.

        dAX/dt = kA (activation - AX)
        dJ/dt  = kJ (gJ (AX + TNF/TNF_leak)(1 + w_alpha alpha_arm) - J)
        Js = J/(1 + J/Jm)        permeability = 1 + aJ Js        dANG2/dt = kAN (ANG0 (1 + aAN Js) - ANG2)

    Without lymphocytes there is neither activation nor TNF, and so no leak. Gain: transcapillary escape of albumin
    after four days of subcutaneous interleukin-2 (figure F101).
    """
    return equations(
        species=[
            Species("AX", "1", scale=3.0),
            Species("J", "1", scale=3.0),
            Species("ANG2", "ng/mL", name("ANG0"), scale=5.0),
        ],
        variables={
            "leak": ("1", "J/(1 + max(J, 0)/leak_limit)"),
            "permeability": ("1", "1 + permeability_gain*leak"),
        },
        rates={
            "AX": "activation_rate*(activation - AX)",
            "J": "leak_rate*(leak_susceptibility*(AX + TNF/TNF_leak)*(1 + alpha_gain*alpha_arm) - J)",
            "ANG2": "ANG2_rate*(ANG0*(1 + ANG2_gain*leak) - ANG2)",
        },
        observables={"permeability": ("1", "permeability"), "ANG2": ("ng/mL", "ANG2"), "leak": ("1", "leak")},
        parameters=parameters,
    )
