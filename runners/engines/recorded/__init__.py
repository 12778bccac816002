"""Engine `recorded`: stored answers that others published."""
