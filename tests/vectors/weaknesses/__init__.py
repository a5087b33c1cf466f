"""Weaknesses that the vectors must catch, by the part of the package that they weaken."""
