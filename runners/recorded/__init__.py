"""Adding recorded runs: which files are here, one evaluation a model, the controls beside them."""
