"""Trials in virtual patients: dose decisions, scans and response, grades of toxicity, survival, summary."""
