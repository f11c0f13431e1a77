"""Small networks that the engine's tests share."""

from __future__ import annotations

from leukin.network import Network, Species, equations, for_each
from leukin.quantity import Parameter, Source, parse


def numbers(**values: float) -> dict[str, Parameter]:
    return {key: Parameter(key, value, "1", Source("definition")) for key, value in values.items()}


def species(**start: str) -> list[Species]:
    return [Species(key, "1", parse(text)) for key, text in start.items()]


def robertson() -> Network:
    return equations(
        species=[*species(A="1"), Species("B", "1", parse("0"), 1e-4), *species(C="0")],
        rates={"A": "-k1*A + k3*B*C", "B": "k1*A - k3*B*C - k2*B**2", "C": "k2*B**2"},
        parameters=numbers(k1=0.04, k2=3e7, k3=1e4),
    )


def receptors() -> Network:
    """Two cells that take up one ligand, a signal with a saturating power, a clone that the signal kills."""

    def cell(label: str) -> Network:
        return equations(
            species=species(R="made/lost", RL="0", S="0"),
            variables={"bind": ("1", "kon*L*R - koff*RL"), "U": ("1", "kint*RL")},
            rates={
                "R": "made - lost*R - bind",
                "RL": "bind - U",
                "S": "RL**n/(K**n + max(RL, 0)**n) - sqrt(1 + S)*S + 0.01*exp(-S)*log(2 + S)",
            },
            observables={"signal": ("percent", "S")},
            parameters=numbers(
                made={"a": 5.0, "b": 0.5}[label],
                lost=0.4,
                kon=40.0,
                koff=300.0,
                kint=3.0,
                K=0.3,
                n={"a": 1.7, "b": 3.0}[label],
            ),
        )

    border = equations(
        species=species(L="1e-3", T="T0", X="0"),
        rates={
            "L": "rate_iv - CL*L - 0.1*(bind_a + bind_b)",
            "T": "g*T - kill*S_a*T",
            "X": "feed*X*(1 - X) + feed*min(S_a*X, 0.9*X) - feed*max(X**2, 0.1*X)",
        },
        parameters=numbers(rate_iv=0.0, CL=2.0, T0=1.0, g=0.02, kill=1.5, least=0.05, feed=0.3),
        extinctions={"T": "least"},
    )
    return for_each(("a", "b"), cell) + border
