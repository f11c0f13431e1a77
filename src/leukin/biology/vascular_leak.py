"""Vascular leak: activated killer cells, TNF, neutrophils and CD25 of endothelium raise permeability."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, name

NOT_MODELLED = ("organs apart, but for the lung: one permeability stands for all other vessels",)


def vascular_leak(parameters: Mapping[str, Parameter]) -> Network:
    """Leak J, the whole-body permeability that follows from it, and angiopoietin-2.

    parameters: the entries of mechanisms/vascular-leak.toml. Free names: activation, alpha_arm and TNF of the
    cytokines, recruited of the blood counts.

        dAX/dt = kA (activation - AX)
        dJ/dt  = kJ (gJ ((AX + TNF/TNF_leak)(1 + w_alpha alpha_arm)(1 + w_n recruited) + w_d alpha_arm) - J)
        Js = J/(1 + J/Jm)        permeability = 1 + aJ Js        dANG2/dt = kAN (ANG0 (1 + aAN Js) - ANG2)

    Without lymphocytes there is neither activation nor TNF: what is left is the direct action of interleukin-2 on CD25 of
    endothelium, w_d alpha_arm (figure F104). Neutrophils beyond their untreated count add to late leak (figure F103).
    Gain: transcapillary escape of albumin after four days of subcutaneous interleukin-2 (figure F101).
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
            "J": "leak_rate*(leak_susceptibility*((AX + TNF/TNF_leak)*(1 + alpha_gain*alpha_arm)"
            "*(1 + neutrophil_gain*recruited) + direct_gain*alpha_arm) - J)",
            "ANG2": "ANG2_rate*(ANG0*(1 + ANG2_gain*leak) - ANG2)",
        },
        observables={"permeability": ("1", "permeability"), "ANG2": ("ng/mL", "ANG2"), "leak": ("1", "leak")},
        parameters=parameters,
    )
