"""Engine `vllm`."""
