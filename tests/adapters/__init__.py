"""The replay guards of shared stores, with the real stores."""
