"""The cost of kmcrypto, beside the bare primitives and its peers: `python -m benchmarks`.

- `concerns` are the things that are measured: loops over ours, over the bare primitives and over
  peers.
- `method` measures them and gives verdicts.
- `report` writes README.md and charts/.
"""
