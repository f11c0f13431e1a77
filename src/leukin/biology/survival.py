"""Death from cancer: a hazard that rises with the tumour burden."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Species, equations
from leukin.quantity import Parameter
from leukin.quantity.expression import expr


def survival(parameters: Mapping[str, Parameter]) -> Network:
    """Cumulative hazard H_tumour of death from cancer.

    parameters: those of the mechanism `survival`. dH/dt = hazard_max * ratio**performance_status * x/(1 +
    x) with x = (tumour_burden/lethal_burden)**hazard_steepness; a patient dies when H exceeds a draw from
    Exp(1). Free name: tumour_burden (cell).
    """
    return equations(
        species=[Species("H_tumour", "1", expr("0"), 0.01)],
        parameters=parameters,
        variables={
            "burden_index": ("1", "(max(tumour_burden, 0)/lethal_burden)**hazard_steepness"),
            "hazard_tumour": (
                "1/h",
                "hazard_max*hazard_ratio**performance_status*burden_index/(1 + burden_index)",
            ),
        },
        rates={"H_tumour": "(1 - run_in)*hazard_tumour"},
        observables={"hazard.tumour": ("1/month", "hazard_tumour")},
    )
