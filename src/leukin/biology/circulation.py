"""Circulation: fluid and albumin between plasma and tissue, blood pressure, urine, creatinine, treatment death."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Species, equations
from leukin.quantity import Parameter, parse

NOT_MODELLED = (
    "heart: output, rhythm and ischaemia; blood pressure follows resistance and plasma volume alone",
    "liver and nerve toxicity; diarrhoea, rash, chills",
    "sodium, potassium and acid-base balance; dialysis",
)

#: how the equations scale a parameter with body weight: by weight, or by weight to the exponent `allometry`
SCALED = {
    "Vp0": "volume", "Vi0": "volume", "lymph_flow": "flow", "water_intake": "flow", "urine0": "flow", "fluid_max": "flow",
}  # fmt: skip


def circulation(parameters: Mapping[str, Parameter]) -> Network:
    """Plasma and interstitial volume and albumin, vascular resistance, pressure, urine, creatinine, hazard of death.

    parameters: the entries of mechanisms/circulation.toml. Free names: size, flow_scale and weight, permeability k,
    leak, TNF, IL6, neutrophil_defect.

        Jv   = Lp k^x ((Pc - Pi) - s (pi_p - pi_i))        s = sg/k^y        Starling, Lp and Pc0 from the untreated balance
        Jalb = PS k (cp - ci) + (1 - s) Jv (cp + ci)/2        lymph returns JL and JL ci, up to lymph_max times its flow at rest
        MAP  = MAP0 SVR (Vp/Vp0)^z        SVR -> (1 + pressor_max pressor)/(1 + x/(1 + x/x_max))
        x = gain (w TNF/TNF_vaso + (1 - w) leak)
        urine = U0 q M/(M - 1 + q)        q = gf (Vp/Vp0)^u (1 + (e/v)^3)/(1 + aN leak)        M = urine_max
        e = max(Vp/Vp0 - 1, 0)        natriuresis of an overfilled circulation
        gf = (x + sqrt(x^2 + band^2))/(1 + sqrt(1 + band^2))        x = (MAP - MAPc)/(MAP0 - MAPc)
        fluid = ward fluid_max/(1 + exp((SBP - SBP_fluid)/band))        pressor -> ward/(1 + exp((SBP - SBP_pressor)/band))
        d creatinine = rate (creatinine0 - creatinine gf (1 + h)/(gf + h)/(1 + aN leak)^z)
        d HZ = h_i neutrophil_defect + h_s x^3/(x^2 + shock_band^2)        x = max(1 - MAP/MAP_shock, 0)

    Capillary pressure, PS and the water loss that is not urine follow from the untreated balance, so that it is
    exactly steady for any parameters. A small group of patients (septic near 1) reacts more strongly, as in sepsis.
    What treated patients cross has two continuous derivatives, so that the solver need not stop there.
    """
    osmotic = "{c}*(pi_1 + {c}*(pi_2 + {c}*pi_3))"
    variables = {
        "cp": ("g/L", "Ap/Vp"),
        "ci": ("g/L", "Ai/Vi"),
        "ci0": ("g/L", "tissue_albumin*cp0"),
        "vp": ("1", "Vp/(Vp0*size)"),
        "vi": ("1", "Vi/(Vi0*size)"),
        "pi_plasma": ("mmHg", osmotic.format(c="cp")),
        "pi_tissue": ("mmHg", osmotic.format(c="ci")),
        "pi_plasma0": ("mmHg", osmotic.format(c="cp0")),
        "pi_tissue0": ("mmHg", osmotic.format(c="ci0")),
        "Pc0": ("mmHg", "Pi0 + filtration_force0 + reflection0*(pi_plasma0 - pi_tissue0)"),
        "Pc": ("mmHg", "Pc0*vp**power_capillary"),
        "Pi": ("mmHg", "Pi0 + interstitial_elastance*(vi - 1)"),
        "reflection": ("1", "reflection0/permeability**power_reflection"),
        "filtration_force": ("mmHg", "Pc - Pi - reflection*(pi_plasma - pi_tissue)"),
        "Jv": (
            "L/h",
            "lymph_flow*flow_scale*permeability**power_filtration*filtration_force/filtration_force0",
        ),
        "lymph": ("1", "max(1 + lymph_slope*lymph_max/(lymph_max - 1)*(vi - 1), lymph_min)"),
        "JL": ("L/h", "lymph_flow*flow_scale*lymph_max*lymph/(lymph_max - 1 + lymph)"),
        "PS": ("L/h", "lymph_flow*flow_scale*(ci0 - (1 - reflection0)*(cp0 + ci0)/2)/(cp0 - ci0)"),
        "Jalb": ("g/h", "PS*permeability*(cp - ci) + (1 - reflection)*Jv*(cp + ci)/2"),
        "dilators": ("1", "vasodilation_TNF*TNF/TNF_vaso + (1 - vasodilation_TNF)*leak"),
        "dilation": ("1", "vasodilation_gain*(1 + septic_vasodilation*septic)*dilators"),
        "vasodilation": ("1", "dilation/(1 + dilation/vasodilation_max)"),
        "MAP": ("mmHg", "MAP0*SVR*vp**power_pressure"),
        "SBP": ("mmHg", "SBP_ratio*MAP"),
        "reserve": ("1", "exp((SBP - SBP_fluid)/SBP_band)"),
        "fluid": ("L/h", "ward*fluid_max*flow_scale/(1 + reserve)"),
        "pressor_need": ("1", "1/(1 + reserve*exp((SBP_fluid - SBP_pressor)/SBP_band))"),
        "head": ("1", "(MAP - MAP_no_filtration)/(MAP0 - MAP_no_filtration)"),
        "gf": ("1", "(head + sqrt(head*head + filtration_band**2))/(1 + sqrt(1 + filtration_band**2))"),
        "clearance_filtered": ("1", "gf*(1 + autoregulation)/(gf + autoregulation)"),
        "shock": ("1", "max(1 - MAP/MAP_shock, 0)"),
        "renal": ("1", "1 + renal_gain*(1 + septic_renal*septic)*leak"),
        "urine": ("L/h", "urine0*flow_scale*urine_max*drained/((urine_max - 1)*renal + drained)"),
        "drained": ("1", "gf*vp**power_urine*(1 + (max(vp - 1, 0)/natriuresis_excess)**3)"),
        "insensible": ("L/h", "(water_intake - urine0)*flow_scale"),
        "gained": ("g", "density*(Vp + Vi - (Vp0 + Vi0)*size)"),
    }
    return equations(
        species=[
            Species("Vp", "L", parse("Vp0*weight/weight_reference"), scale=3.0),
            Species("Vi", "L", parse("Vi0*weight/weight_reference"), scale=10.0),
            Species("Ap", "g", parse("cp0*Vp0*weight/weight_reference"), scale=100.0),
            Species("Ai", "g", parse("tissue_albumin*cp0*Vi0*weight/weight_reference"), scale=100.0),
            Species("SVR", "1", parse("1"), scale=1.0),
            Species("pressor", "1", scale=0.1),
            Species("creatinine", "mg/dL", parse("creatinine0"), scale=1.0),
            Species("HZ", "1", scale=0.1),
        ],
        variables=variables,
        rates={
            "Vp": "JL - Jv + water_intake*flow_scale + fluid - urine - insensible",
            "Vi": "Jv - JL",
            "Ap": "JL*ci - Jalb + albumin_loss*(cp0*Vp0*size/(1 + max(IL6, 0)/IL6_albumin) - Ap)",
            "Ai": "Jalb - JL*ci",
            "SVR": "resistance_rate*((1 + pressor_max*pressor)/(1 + vasodilation) - SVR)",
            "pressor": "k_pressor*(ward*pressor_need - pressor)",
            "creatinine": "creatinine_rate*(creatinine0 - creatinine*clearance_filtered/renal**power_creatinine)",
            "HZ": "hazard_infection*neutrophil_defect + hazard_shock*shock**3/(shock**2 + shock_band**2)",
        },
        observables={
            "albumin": ("g/L", "cp"),
            "MAP": ("mmHg", "MAP"),
            "SBP": ("mmHg", "SBP"),
            "pressor": ("1", "pressor"),
            "urine": ("mL/h", "urine"),
            "creatinine": ("mg/dL", "creatinine"),
            "weight": ("kg", "weight + gained"),
            "weight_gain": ("%", "gained/weight"),
            "albumin_escape": ("%/h", "Jalb/Ap"),
        },
        parameters=parameters,
    )
