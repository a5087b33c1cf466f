"""What kmcrypto costs, beside the bare primitives and what one would use instead: `python -m benchmarks`."""
