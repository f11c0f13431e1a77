"""What a number is: its unit, its source, its spread, and expressions of numbers."""

from leukin.quantity.expression import Expr, exp, log, maximum, minimum, name, number, parse, sqrt
from leukin.quantity.graph import Graph
from leukin.quantity.parameter import Parameter, Source
from leukin.quantity.units import Unit, from_canonical, to_canonical, unit

__all__ = [
    "Expr",
    "Graph",
    "Parameter",
    "Source",
    "Unit",
    "exp",
    "from_canonical",
    "log",
    "maximum",
    "minimum",
    "name",
    "number",
    "parse",
    "sqrt",
    "to_canonical",
    "unit",
]
