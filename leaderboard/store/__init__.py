"""The DuckDB file and the Parquet files of each run: written by ingest, derived again by rebuild."""
