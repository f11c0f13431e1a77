"""Exponential, logarithm and power for all lanes at once, as IR without branches or calls of a system library.

exp: reduction by ln 2 in two parts, Taylor polynomial of degree 13 on [-ln2/2, ln2/2], scaling in two factors so that
results close to overflow and in the subnormal range come out right. log: mantissa in [sqrt(1/2), sqrt(2)), series in
s = f/(2+f) with minimax coefficients. Both stay below one unit in the last place. Powers are written where they stand, by
binary logarithm and exponential, so that powers of one base share its logarithm.

Reference: the reductions and the coefficients of log are those of FreeBSD's msun (Ng KC, 1993), derived in Tang PTP,
ACM Trans Math Softw 15:144 (1989) and 16:378 (1990).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from leukin.engine.text import Body, Lanes

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
#: adding this to a whole number leaves the number in the low bits of the mantissa
SHIFT = 1.5 * 2.0**52
SHIFT_BITS = 0x4338000000000000
SMALLEST_NORMAL = 2.2250738585072014e-308
#: bits of sqrt(1/2): where the mantissa's range begins
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
LOG_SERIES = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)

#: log2 of (1 + s)/(1 - s) over s, in powers of s**2 up to ((sqrt 2 - 1)/(sqrt 2 + 1))**2: error 1.4e-17
LOG2_SERIES = (
    2.8853900817779268,
    0.9617966939259898,
    0.5770780163455203,
    0.4121985858409005,
    0.32059853491395984,
    0.262334352504183,
    0.2209130842311768,
    0.2136589569431927,
)
#: (2**r - 1)/r in powers of r on [-1/2, 1/2]: error 2e-17
EXP2_SERIES = (
    0.6931471805599453,
    0.24022650695910097,
    0.0555041086648216,
    0.009618129107606888,
    0.0013333558146416936,
    0.0001540353044173605,
    1.525273382983612e-05,
    1.321544258792169e-06,
    1.0178062445845774e-07,
    7.072585949269223e-09,
    4.4549605981865186e-10,
)


def lane_math(lanes: Lanes) -> str:
    """IR of @vexp and @vlog for vectors of `lanes`."""
    return exponential(lanes) + logarithm(lanes)


def exponential(lanes: Lanes) -> str:
    """IR of @vexp: e**x; 0 far below, infinity far above, NaN for NaN."""
    body = Body(lanes)
    return body.vector_text("vexp", "x", _exponential(body, "%x"))


def logarithm(lanes: Lanes) -> str:
    """IR of @vlog: ln x; -infinity at 0, NaN below."""
    b, number = Body(lanes), lanes.number
    tiny = b.compare("olt", "%x", number(SMALLEST_NORMAL))
    scaled = b.select(tiny, b.mul("%x", number(2.0**54)), "%x")
    value = _logarithm(b, scaled, b.select(tiny, number(-54.0), number(0.0)))
    value = b.where("oeq", "%x", number(0.0), number(-math.inf), value)
    value = b.where("olt", "%x", number(0.0), number(math.nan), value)
    value = b.where("oeq", "%x", number(math.inf), number(math.inf), value)
    value = b.where("uno", "%x", "%x", "%x", value)
    return b.vector_text("vlog", "x", value)


def binary_logarithm(b: Body, x: str) -> str:
    """log2 of a positive normal x, to about two units in the last place; anything finite for other x."""
    mantissa, exponent = _split(b, x)
    s = b.div(b.sub(mantissa, b.number(1.0)), b.add(mantissa, b.number(1.0)))
    return b.fma(s, _series(b, LOG2_SERIES, b.mul(s, s)), exponent)


def power_of(b: Body, x: str, y: str, log: str) -> str:
    """x**y from log2 x; 0 where x is not positive (states may dip below 0), NaN where x is."""
    number = b.number
    t = b.mul(y, log)
    t = b.where("olt", t, number(-1021.0), number(-1021.0), t)
    t = b.where("ogt", t, number(1023.0), number(1023.0), t)
    shifted = b.add(t, number(SHIFT))
    r = b.sub(t, b.sub(shifted, number(SHIFT)))
    value = b.fma(r, _series(b, EXP2_SERIES, r), number(1.0))
    value = b.mul(value, _power_of_two(b, shifted))
    value = b.where("olt", x, number(SMALLEST_NORMAL), number(0.0), value)
    return b.fma(x, number(0.0), value)


def _series(b: Body, c: Sequence[float], x: str) -> str:
    """The polynomial with coefficients c in x, in pairs (Estrin), so that few operations wait for each other."""
    terms = [b.number(value) for value in c]
    while len(terms) > 1:
        pairs = [b.fma(high, x, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[2 * len(pairs) :]]
        if len(terms) > 1:
            x = b.mul(x, x)
    return terms[0]


def _exponential(b: Body, x: str) -> str:
    number = b.number
    x = b.where("olt", x, number(-746.0), number(-746.0), x)
    x = b.where("ogt", x, number(710.0), number(710.0), x)
    k = b.intrinsic("roundeven", b.mul(x, number(1.0 / math.log(2.0))))
    r = b.fma(k, number(-LN2_HIGH), x)
    r = b.fma(k, number(-LN2_LOW), r)
    taylor = [1.0 / math.factorial(i) for i in range(14)]
    r2 = b.mul(r, r)
    r4 = b.mul(r2, r2)
    r8 = b.mul(r4, r4)
    pairs = [b.fma(number(taylor[i + 1]), r, number(taylor[i])) for i in range(2, 14, 2)]
    q = [b.fma(pairs[i + 1], r2, pairs[i]) for i in range(0, 6, 2)]
    series = b.fma(q[2], r8, b.fma(q[1], r4, q[0]))
    value = b.add(b.fma(r2, series, r), number(1.0))
    half = b.intrinsic("roundeven", b.mul(k, number(0.5)))
    for part in (half, b.sub(k, half)):
        value = b.mul(value, _power_of_two(b, b.add(part, number(SHIFT))))
    return value


def _power_of_two(b: Body, shifted: str) -> str:
    """2**k from k + SHIFT, for whole k."""
    lanes = b.lanes
    bits = b.do(f"bitcast {lanes.vector} {shifted} to {lanes.integer}")
    bits = b.do(f"shl {lanes.integer} {bits}, {lanes.whole(52)}")
    bits = b.do(f"add {lanes.integer} {bits}, {lanes.whole(1023 << 52)}")
    return b.do(f"bitcast {lanes.integer} {bits} to {lanes.vector}")


def _split(b: Body, x: str) -> tuple[str, str]:
    """Mantissa in [sqrt(1/2), sqrt(2)) and exponent of a positive normal number."""
    lanes, whole = b.lanes, b.lanes.whole
    vector, integer = lanes.vector, lanes.integer
    bits = b.do(f"bitcast {vector} {x} to {integer}")
    k = b.do(f"ashr {integer} {b.do(f'sub {integer} {bits}, {whole(SQRT_HALF_BITS)}')}, {whole(52)}")
    mantissa = b.do(f"sub {integer} {bits}, {b.do(f'shl {integer} {k}, {whole(52)}')}")
    mantissa = b.do(f"bitcast {integer} {mantissa} to {vector}")
    shifted = b.do(f"bitcast {integer} {b.do(f'add {integer} {k}, {whole(SHIFT_BITS)}')} to {vector}")
    return mantissa, b.sub(shifted, b.number(SHIFT))


def _logarithm(b: Body, x: str, extra: str | None) -> str:
    """ln of a positive normal number, plus `extra` times ln 2."""
    number = b.number
    mantissa, exponent = _split(b, x)
    if extra is not None:
        exponent = b.add(exponent, extra)
    f = b.sub(mantissa, number(1.0))
    s = b.div(f, b.add(f, number(2.0)))
    z = b.mul(s, s)
    w = b.mul(z, z)
    c = LOG_SERIES
    odd = b.mul(w, b.fma(w, b.fma(w, number(c[5]), number(c[3])), number(c[1])))
    even = b.fma(w, b.fma(w, b.fma(w, number(c[6]), number(c[4])), number(c[2])), number(c[0]))
    r = b.add(odd, b.mul(z, even))
    square = b.mul(b.mul(f, number(0.5)), f)
    low = b.fma(s, b.add(square, r), b.mul(exponent, number(LN2_LOW)))
    return b.sub(b.mul(exponent, number(LN2_HIGH)), b.sub(b.sub(square, low), f))
