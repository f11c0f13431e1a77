"""Fits to published figures."""
