"""Engine `control`: scripted models."""
