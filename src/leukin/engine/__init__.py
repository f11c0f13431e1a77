"""From a network to numbers: differentiate, generate, compile, solve."""

from leukin.engine.solver import REASONS, Segment, solve
from leukin.engine.system import System, compile_network

__all__ = ["REASONS", "Segment", "System", "compile_network", "solve"]
