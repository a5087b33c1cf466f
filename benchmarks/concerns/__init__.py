"""The things that are measured, each as loops over ours, over its bare primitive, and over peers."""
