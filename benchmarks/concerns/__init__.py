"""The things that are measured: loops over ours, over the bare primitives and over peers."""
