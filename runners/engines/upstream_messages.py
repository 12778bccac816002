"""Messages of other programs that this project must recognise, because those programs report the fault in no other way."""

from __future__ import annotations

from typing import Final

# What an engine prints when it ends at its start for lack of memory, and which library prints it.
OUT_OF_MEMORY: Final = (
    # PyTorch, under vLLM: "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total ..."
    "CUDA out of memory",
    # PyTorch on a CPU: "RuntimeError: [enforce fail at alloc_cpu.cpp:...] DefaultCPUAllocator: can't allocate memory: you ..."
    "DefaultCPUAllocator: can't allocate memory",
    # The CUDA runtime: "CUDA error: out of memory"
    "CUDA error: out of memory",
    # llama.cpp: "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 590.07 MiB on ...: cudaMalloc failed: out of memory"
    "cudaMalloc failed: out of memory",
    # vLLM: "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when ..."
    "No available memory for the cache blocks",
    # vLLM: "ValueError: Free memory on device cuda:0 (12.18/23.56 GiB) on startup is less than desired GPU memory utili..."
    "on startup is less than desired GPU memory utilization",
)


def ran_out_of_memory(log: str) -> bool:
    """Whether the log of an engine that ended before it was ready reports too little memory."""
    return any(words in log for words in OUT_OF_MEMORY)
