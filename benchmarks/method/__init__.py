"""How things are measured: ratios, counts, memory, workers, and the verdicts on them."""
