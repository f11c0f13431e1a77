"""Cytokines that lymphocytes release under interleukin-2, their adaptation, priming and tolerance; fever."""

from __future__ import annotations

from collections.abc import Mapping

from leukin.network import Network, Species, equations
from leukin.quantity import Parameter

NOT_MODELLED = (
    "absolute levels of TNF, IL-6 and IL-5: their scale is arbitrary, only timing and ratios mean anything",
    "interleukin-1, interferon-alpha, interleukin-10 and chemokines",
    "steroids, and antipyretics other than the standing order of the ward",
    "microbial (TLR) stimuli",
)


def cytokines(parameters: Mapping[str, Parameter]) -> Network:
    """IFN-gamma, TNF, IL-6, IL-5 and temperature, driven by the pSTAT5 of NK and CD8 T cells.

    parameters: the entries of mechanisms/cytokines.toml. Free names: S_c, S0_c and signal_c of the lymphocytes, N_c,
    and C2 (nM).

        release   = sum_c 2 a_c N_c/(1 + N_c) (S_c^n - S0_c^n) / (1 + aS adaptation)
        IFN-gamma : release (1 + aP primed), three delay steps, then loss; priming runs in two stages, so that a first
                    dose hardly primes itself
        TNF       : release plus a share of lasting activation; IL-6 follows TNF and IFN-gamma, less tolerance
        fever     : dTm (1 - apy) IL6/(K6f + IL6)

    Timing: Konrad et al. 1992, J Immunother 12:55; Weidmann et al. 1992.
    """
    variables = {
        "v_nk": ("1", "(1 - run_in)*max(max(S_nk, 0)**power_release - S0_nk**power_release, 0)"),
        "v_cd8": ("1", "(1 - run_in)*max(max(S_cd8, 0)**power_release - S0_cd8**power_release, 0)"),
        "activation": ("1", "activation_nk*N_nk*signal_nk + activation_cd8*N_cd8*signal_cd8"),
        "release": (
            "1",
            "(2*activation_nk*N_nk/(1 + N_nk)*v_nk + 2*activation_cd8*N_cd8/(1 + N_cd8)*v_cd8)/(1 + adaptation_gain*adaptation)",
        ),
        "inducer_effect": ("g/L", "inducer/(1 + tolerance_gain*tolerance)"),
        "IL5_release": (
            "1",
            "IL5_treg*N_treg*signal_treg + IL5_innate*alpha_arm*(1 - innate_nk_share + innate_nk_share*signal_nk)",
        ),
        "alpha_arm": ("1", "(1 - run_in)*max(C2 - C2_0, 0)/(EC_alpha + max(C2, 0))"),
    }
    return equations(
        species=[
            Species("adaptation", "1", scale=0.1),
            Species("priming_stage", "1", scale=1.0),
            Species("primed", "1", scale=1.0),
            *(Species(f"delay{i}", "1", scale=1.0) for i in (1, 2, 3)),
            Species("IFNg", "pg/mL", scale=300.0),
            Species("TNF", "pg/mL", scale=30.0),
            Species("inducer", "pg/mL", scale=30.0),
            Species("IL6", "pg/mL", scale=100.0),
            Species("tolerance", "1", scale=0.1),
            Species("IL5", "pg/mL", scale=500.0),
            Species("fever", "degC", scale=1.0),
        ],
        variables=variables,
        rates={
            "adaptation": "adaptation_rate*(v_nk - adaptation)",
            "priming_stage": "priming_rate*(2*v_nk*N_nk - priming_stage)",
            "primed": "priming_rate*priming_stage*(1 - primed) - priming_fade*primed",
            "delay1": "delay_rate*(release*(1 + priming_gain*primed) - delay1)",
            "delay2": "delay_rate*(delay1 - delay2)",
            "delay3": "delay_rate*(delay2 - delay3)",
            "IFNg": "IFNg_loss*(IFNg_scale*IFN_mass*delay3 - IFNg)",
            "TNF": "TNF_loss*(TNF_scale*(release + tnf_tonic*activation) - TNF)",
            "inducer": "inducer_rate*(TNF + inducer_IFNg*IFNg - inducer)",
            "IL6": "IL6_loss*(IL6_scale*inducer_effect - IL6)",
            "tolerance": "tolerance_rate*inducer_effect/tolerance_scale - tolerance_fade*tolerance",
            "IL5": "IL5_loss*(IL5_scale*IL5_release - IL5)",
            "fever": "fever_rate*(fever_max*(1 - antipyretic)*IL6/(IL6_fever + IL6) - fever)",
        },
        observables={
            "IFNg": ("pg/mL", "IFNg"),
            "TNF": ("pg/mL", "TNF"),
            "IL6": ("pg/mL", "IL6"),
            "IL5": ("pg/mL", "IL5"),
            "temperature": ("degC", "T_normal + fever"),
        },
        parameters=parameters,
        baselines={"C2_0": "C2"},
    )
