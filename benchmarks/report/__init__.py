"""Writes the measured figures into README.md and charts/."""
