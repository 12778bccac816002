"""A stand-in for vLLM's server: takes its flags, writes them beside itself, answers health and models. Not a model."""

from __future__ import annotations

import http.server
import json
import os
import sys
from pathlib import Path


def main() -> None:
    words = [word for word in sys.argv[2:] if word != "--enforce-eager"]
    flags = dict(zip(words[::2], words[1::2], strict=True))
    seen = {
        "flags": flags, "invariant": os.environ["VLLM_BATCH_INVARIANT"], "pid": os.getpid(),
        "devices": os.environ.get("CUDA_VISIBLE_DEVICES"), "eager": "--enforce-eager" in sys.argv,
    }  # fmt: skip
    if "--chat-template" in flags:
        seen["template"] = Path(flags["--chat-template"]).read_text()
    Path(sys.argv[1]).write_text(json.dumps(seen))
    if flags["--dtype"] == "float32":
        sys.exit("torch.OutOfMemoryError: CUDA out of memory.")
    name = "another" if flags["--seed"] == "666" else flags["--served-model-name"]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"data": [{"id": name}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    http.server.ThreadingHTTPServer((flags["--host"], int(flags["--port"])), Handler).serve_forever()


if __name__ == "__main__":
    main()
