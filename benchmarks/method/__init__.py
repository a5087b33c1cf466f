"""The ways of measuring: ratios, counts, memory and workers, and the verdicts on them."""
