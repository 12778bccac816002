"""Writes a GGUF file as safetensors with config, tokenizer and chat template, for vLLM: `to_safetensors.py GGUF FOLDER`.

Run by the interpreter that has vLLM: it needs transformers, gguf and accelerate, and nothing of this project.
"""

from __future__ import annotations

import sys
from pathlib import Path

from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def main() -> None:
    weights, folder = Path(sys.argv[1]), sys.argv[2]
    source = {"pretrained_model_name_or_path": str(weights.parent), "gguf_file": weights.name}
    AutoModelForCausalLM.from_pretrained(**source, quantization_config=GgufConfig(dequantize=True)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)


if __name__ == "__main__":
    main()
