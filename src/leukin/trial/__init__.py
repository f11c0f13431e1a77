"""Trials in virtual patients: dose decisions, scans and response, grades of toxicity, survival, summary."""

from leukin.trial.follow import Followed, follow
from leukin.trial.run import Block, BlockResult, Plan, plan, run_block, summary
from leukin.trial.snapshot import snapshot

__all__ = ["Block", "BlockResult", "Followed", "Plan", "follow", "plan", "run_block", "snapshot", "summary"]
