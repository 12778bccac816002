"""Child process: llama.cpp's own HTTP server, as xllamacpp ships it, over one GGUF file."""

from __future__ import annotations

import argparse
import os
import signal

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.runners.engines.parent_watch import end_with_parent

# llama.cpp caches the prompts of earlier requests, by default up to 8 GiB, which a small machine does not have.
PROMPT_CACHE_MIB = 512


def main() -> None:
    """Serve until a signal ends the process. `--context` is in tokens for each of the `--parallel` slots."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--alias", required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--parallel", type=int, required=True)
    args = parser.parse_args()
    end_with_parent()
    # The library's server thread does not stop by itself, so Python's ordinary exit would hang.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = args.model
    params.model_alias = {args.alias}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = args.context * args.parallel
    params.n_parallel = args.parallel
    params.ui = False
    params.cache_ram_mib = PROMPT_CACHE_MIB
    server = xllamacpp.Server(params)
    events.send(events.Ready(address=server.listening_address))
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
