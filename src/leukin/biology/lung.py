"""Lung water: filtration through leaking vessels of the lung, drained by lymph and alveoli; oxygen saturation."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, parse

NOT_MODELLED = (
    "heart failure as a cause of lung water; effusions of the pleura",
    "oxygen given and ventilation: saturation is that of a patient who breathes air",
    "lung disease and lung metastases before treatment; dyspnoea for other reasons than lung water",
)

#: how the equations scale a parameter with body weight: by weight, or by weight to the exponent `allometry`
SCALED = {"lung_water0": "volume", "lung_lymph": "flow"}


def lung(parameters: Mapping[str, Parameter]) -> Network:
    """Extravascular water and albumin of the lung, and the saturation of blood with oxygen that follows.

    parameters: the entries of mechanisms/lung.toml. Free names: J (leak, without the limit that the whole body has), cp,
    cp0, pi_plasma, pi_plasma0, vp, size, flow_scale, the osmotic pressure (pi_1, pi_2, pi_3) and the powers of
    permeability of the circulation.

        k = 1 + gain J        w = water/water0        s = sg/k^y
        Jv = JL0 k^x (Pc - Pi - s (pi_p - pi_i))/force0        Pc = Pc0 vp^z        Pi = Pi0 + rise (1 - exp((1 - w)/flood))
        JL = JL0 m g/(m - 1 + g)        g = w^slope        alveoli take up a (water - water0), without albumin
        J_alb = PS k (cp - ci) + (1 - s) Jv (cp + ci)/2 - JL ci
        shunt = q0 + (q_max - q0) e^3/(h^3 + e^3)        e = max(w - 1, 0)
        saturation = saturation0 - extraction (shunt/(1 - shunt) - q0/(1 - q0))

    Pc0 and PS follow from the untreated balance, which is exactly steady for any parameters. Water and albumin of the lung
    are part of those of the tissue and are not drawn from plasma a second time. k is the index of the mouse lung (figure
    F100). Starling 1896; Staub 1974, Physiol Rev 54:678.
    """
    osmotic = "{c}*(pi_1 + {c}*(pi_2 + {c}*pi_3))"
    variables = {
        "lung_permeability": ("1", "1 + lung_gain*max(J, 0)"),
        "lung_wet": ("1", "lung_water/(lung_water0*size)"),
        "lung_ci": ("g/L", "lung_albumin/lung_water"),
        "lung_ci0": ("g/L", "lung_albumin_ratio*cp0"),
        "lung_pi": ("mmHg", osmotic.format(c="lung_ci")),
        "lung_pi0": ("mmHg", osmotic.format(c="lung_ci0")),
        "lung_Pc0": ("mmHg", "lung_pressure0 + lung_force0 + reflection0*(pi_plasma0 - lung_pi0)"),
        "lung_Pc": ("mmHg", "lung_Pc0*vp**lung_power_capillary"),
        "lung_Pi": ("mmHg", "lung_pressure0 + lung_pressure_rise*(1 - exp((1 - lung_wet)/lung_flood))"),
        "lung_reflection": ("1", "reflection0/lung_permeability**power_reflection"),
        "lung_Jv": (
            "L/h",
            "lung_lymph*flow_scale*lung_permeability**power_filtration"
            "*(lung_Pc - lung_Pi - lung_reflection*(pi_plasma - lung_pi))/lung_force0",
        ),
        "lung_drain": ("1", "max(lung_wet, 0)**lung_lymph_power"),
        "lung_JL": (
            "L/h",
            "lung_lymph*flow_scale*lung_lymph_max*lung_drain/(lung_lymph_max - 1 + lung_drain)",
        ),
        "lung_PS": (
            "L/h",
            "lung_lymph*flow_scale*(lung_ci0 - (1 - reflection0)*(cp0 + lung_ci0)/2)/(cp0 - lung_ci0)",
        ),
        "lung_excess": ("1", "max(lung_wet - 1, 0)**3"),
        "shunt": (
            "1",
            "shunt0 + (shunt_max - shunt0)*lung_excess/(lung_flooded**3 + lung_excess)",
        ),
        "oxygen_saturation": (
            "1",
            "oxygen_saturation0 - oxygen_extraction*(shunt/(1 - shunt) - shunt0/(1 - shunt0))",
        ),
    }
    return equations(
        species=[
            Species("lung_water", "L", parse("lung_water0*weight/weight_reference"), scale=0.4),
            Species(
                "lung_albumin",
                "g",
                parse("lung_albumin_ratio*cp0*lung_water0*weight/weight_reference"),
                scale=10.0,
            ),
        ],
        variables=variables,
        rates={
            "lung_water": "lung_Jv - lung_JL - alveolar_uptake*(lung_water - lung_water0*size)",
            "lung_albumin": "lung_PS*lung_permeability*(cp - lung_ci) + (1 - lung_reflection)*lung_Jv*(cp + lung_ci)/2"
            " - lung_JL*lung_ci",
        },
        observables={
            "lung_water_index": ("mL/kg", "lung_water/weight"),
            "lung_wetness": ("1", "lung_wet"),
            "lung_leak": ("1", "lung_permeability"),
            "oxygen_saturation": ("%", "oxygen_saturation"),
        },
        parameters=parameters,
    )
