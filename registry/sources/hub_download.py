"""One file of a repository on the Hub, with a limit of bytes, which the Hub's own client does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.common.errors import FetchError

CONFIG_BYTES: Final = 20 << 20
"""More than any configuration file of a model."""


class HubSizeError(FetchError):
    """A file on the Hub that is larger than such a file may be; nothing of it is kept."""


def hub_file(repository: str, name: str, *, most_bytes: int, **arguments: Any) -> Path:
    """The path of the downloaded file. `arguments` are those of `huggingface_hub.hf_hub_download`, whose errors it raises.

    Raises HubSizeError as soon as the Hub states, or has sent, more than `most_bytes`.
    """
    import huggingface_hub
    from huggingface_hub.utils.tqdm import tqdm

    def too_many() -> HubSizeError:
        return HubSizeError(f"{repository}: {name} has more than {most_bytes} bytes, and no such file has. Not used.")

    class CountedBytes(tqdm):
        """The progress bar is what the client tells of every part that arrives."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            if (options.get("total") or 0) > most_bytes:
                raise too_many()
            self.arrived = int(options.get("initial") or 0)
            known = {"total", "initial", "unit", "unit_scale", "desc"}
            shown = {key: value for key, value in options.items() if key in known}
            super().__init__(*arguments, **shown, disable=True)  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> Any:
            self.arrived += int(n or 0)
            if self.arrived > most_bytes:
                raise too_many()
            return super().update(n)

    path = Path(huggingface_hub.hf_hub_download(repository, name, tqdm_class=CountedBytes, **arguments))
    if path.stat().st_size > most_bytes:
        raise too_many()
    return path
