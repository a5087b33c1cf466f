"""The writing of README.md and charts/ from measured figures."""
