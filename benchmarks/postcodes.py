"""`python -m benchmarks.postcodes [--postcodes 1800000] [--columns 50]`: what the postcode directory costs, in figures.

An invented directory as large as England's: how long its index takes, how much longer the referrals service takes to start
with it, how much memory a process has more, and how long a look-up is. Invented postcodes and areas, none of them real.
"""

import argparse
import itertools
import os
import random
import statistics
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.servers import ROOT, databases, serve
from shared.local.temporary import temporary_servers
from shared.registry.postcodes import FOLDER, open_postcodes

AREAS = 32_844
LOOKUPS = 100_000
STARTS = 5
ROUNDS = 3
KIB = 1024


def postcodes() -> Iterator[str]:
    """Different texts of a postcode's form, for ever more than any country has."""
    letters = [one for one in string.ascii_uppercase if one not in "CIKMOV"]
    for first, second, district, sector, unit, last in itertools.product(
        "QXZ", string.ascii_uppercase, range(1, 100), range(10), letters, letters
    ):
        yield f"{first}{second}{district} {sector}{unit}{last}"


def write_directory(file: Path, *, count: int, columns: int) -> None:
    """A directory in the ONS's form: quoted texts, most columns of no concern to us, not in our order."""
    others = ["" if number % 3 else "E92000001" for number in range(columns - 5)]
    heading = ["PCD", "pcds", "lsoa11", "lsoa21", *(f"other{number}" for number in range(len(others))), "imd"]
    filler = ",".join(f'"{text}"' for text in others)
    with file.open("w") as out:
        out.write(",".join(heading) + "\n")
        for number, postcode in enumerate(itertools.islice(postcodes(), count)):
            area = number % AREAS
            code = f"E01{area:06d}"
            rank = (area * 7919) % AREAS + 1
            out.write(f'"{postcode}","{postcode}","{code}","{code}",{filler},{rank}\n')


def kibibytes(pid: int | str, *, of: str) -> int:
    """A line of what the kernel says a process's memory is made of (Linux)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{of}:"))


def start(stack: ExitStack, **settings: str) -> tuple[list[float], list[int]]:
    """Seconds until a referrals API answers, and the memory it then has for itself, of some starts."""
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="icc-benchmark-")))
    servers = stack.enter_context(temporary_servers())
    dsn = databases(servers, "referrals")["referrals"]
    seconds, memory = [], []
    for _ in range(STARTS):
        began = time.perf_counter()
        with serve("referrals", servers, dsn, directory, **settings) as server:
            seconds.append(time.perf_counter() - began)
            memory.append(kibibytes(server.pid, of="Rss"))
    return seconds, memory


def all_touched(source: Path, data_dir: Path) -> tuple[int, int]:
    """KiB that a process has more once it looked every postcode up: all of it, and its own share alone."""
    program = (
        "import sys, pathlib\n"
        "from benchmarks.postcodes import kibibytes, open_postcodes\n"
        "before = [kibibytes('self', of=one) for one in ('Rss', 'Private_Dirty')]\n"
        "opened = open_postcodes(pathlib.Path(sys.argv[1]), data_dir=pathlib.Path(sys.argv[2]))\n"
        "for place in opened._places: opened.find(opened._key_at(place).decode())\n"
        "after = [kibibytes('self', of=one) for one in ('Rss', 'Private_Dirty')]\n"
        "print(*(now - then for now, then in zip(after, before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(source), str(data_dir)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    resident, own = (int(number) for number in done.stdout.split())
    return resident, own


def lookup_microseconds(source: Path, data_dir: Path, *, count: int) -> tuple[float, float]:
    """(mean of a postcode that is listed, mean of one that is not), the best of some rounds."""
    opened = open_postcodes(source, data_dir=data_dir)
    if opened is None:
        raise SystemExit("no directory was opened")
    listed = list(itertools.islice(postcodes(), count))
    asked = random.Random(1).sample(listed, min(LOOKUPS, count))  # noqa: S311 -- chance, not a secret
    means = []
    for texts in (asked, [f"A{text[1:]}" for text in asked]):
        rounds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for text in texts:
                opened.find(text)
            rounds.append((time.perf_counter() - began) / len(texts) * 1e6)
        means.append(min(rounds))
    return means[0], means[1]


def main(*, count: int, columns: int) -> None:
    """Measure everything and print it."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="icc-benchmark-")))
        source, data_dir = directory / "directory.csv", directory / "data"
        write_directory(source, count=count, columns=columns)
        print(f"{count:,} postcodes, {columns} columns, {source.stat().st_size / 1e6:,.0f} MB of CSV")
        began = time.perf_counter()
        open_postcodes(source, data_dir=data_dir)
        index = data_dir / FOLDER / "postcodes.index"
        print(f"index made once in {time.perf_counter() - began:.1f} s, {index.stat().st_size / 1e6:,.1f} MB")
        began = time.perf_counter()
        open_postcodes(source, data_dir=data_dir)
        print(f"index opened in {(time.perf_counter() - began) * 1e3:.2f} ms")
        found, missed = lookup_microseconds(source, data_dir, count=count)
        print(f"a look-up takes {found:.1f} µs, of a postcode that is not listed {missed:.1f} µs")
        resident, own = all_touched(source, data_dir)
        print(
            f"a process that looked up all of them has {resident / KIB:,.1f} MiB more, {own / KIB:,.1f} MiB of it not shared"
        )
        without, memory_without = start(stack)
        (made, *later), (_, *memory_with) = start(stack, ICC_POSTCODE_FILE=str(source))
        print(
            f"referrals starts in {statistics.median(without):.2f} s without, {statistics.median(later):.2f} s with the index, "
            f"{made:.1f} s when it makes the index"
        )
        print(
            f"memory after the start: {statistics.median(memory_without) / KIB:,.1f} MiB without, "
            f"{statistics.median(memory_with) / KIB:,.1f} MiB with"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postcodes", description=__doc__)
    parser.add_argument("--postcodes", type=int, default=1_800_000)
    parser.add_argument("--columns", type=int, default=50)
    given = parser.parse_args()
    main(count=given.postcodes, columns=given.columns)
