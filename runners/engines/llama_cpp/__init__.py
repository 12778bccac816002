"""Engine `llama_cpp`."""
