"""What every package uses: errors, settings, atomic writes, retries, safe extraction, events of child processes."""
