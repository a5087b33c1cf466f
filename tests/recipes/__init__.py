"""The recipes of docs/recipes, each run against the real library that it is for."""
