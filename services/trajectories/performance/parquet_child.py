"""The child process that writes Parquet: `python -m services.trajectories.performance.parquet_child`.

It is told columns on its standard input, as JSON, and writes the file on its standard output. Equal tables have equal bytes.
"""

import io
import os
import sys
from typing import Any, Final

from shared.service.readers import make_under_limits

# Read when the library is loaded: a thread for each processor would take more memory than the table.
os.environ["POLARS_MAX_THREADS"] = "1"

import polars as pl

MEMORY_BYTES: Final = 1024 * 1024 * 1024
# The library's allocator sets addresses aside for every thread.
ADDRESS_BYTES: Final = 16 * 1024 * 1024 * 1024
CPU_SECONDS: Final = 20
_UTC_MICROSECONDS: Final = pl.Datetime("us", "UTC")


def main() -> int:
    """Write the table under limits. Returns the exit status."""
    return make_under_limits(
        parquet_bytes, memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS, address_bytes=ADDRESS_BYTES
    )


def parquet_bytes(told: dict[str, Any]) -> bytes:
    """The file. told: `columns` with name, type and values, and `about`, which stands in the file's own metadata."""
    target = io.BytesIO()
    pl.DataFrame([_column(**one) for one in told["columns"]]).write_parquet(target, metadata=told["about"])
    return target.getvalue()


def _column(*, name: str, type: str, values: list[Any]) -> pl.Series:  # noqa: A002 -- as it is told
    match type:
        case "number":
            return pl.Series(name, values, pl.Float64, strict=False)
        case "whole":
            return pl.Series(name, values, pl.Int64)
        case "flag":
            return pl.Series(name, values, pl.Boolean)
        case "instant":
            texts = pl.Series(name, values, pl.String)
            return texts.str.to_datetime(time_unit="us", time_zone="UTC").cast(_UTC_MICROSECONDS)
        case _:
            return pl.Series(name, values, pl.String)


if __name__ == "__main__":
    sys.exit(main())
