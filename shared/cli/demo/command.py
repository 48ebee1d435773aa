"""`icc demo`: fills a running system with the demonstration, and shows how far it is."""

import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from shared.cli.demo.figures import read_figures
from shared.cli.demo.scene import SIZES, Scene, a_scene
from shared.cli.demo.sending import Door
from shared.cli.demo.steps import Way, parts
from shared.cli.options import Data, Port, commands, first_port
from shared.local import LocalError
from shared.months import Month, london_day
from shared.registry import RegistryFileError, load_registry
from shared.settings import PlatformSettings, SettingsError, read_settings

PRODUCTION = "production"
SEED = 2020

app = commands()


@app.command()
def demo(
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another Bay.")] = SEED,
    size: Annotated[str, typer.Option("--size", help="Of the casework: small, normal or large.")] = "normal",
    last: Annotated[
        str | None,
        typer.Option("--last", metavar="MONTH", help="The last month with figures; else the one that ended."),
    ] = None,
    publish: Annotated[
        bool,
        typer.Option(
            "--publish/--no-publish",
            help="Whether figures are published at once, so that everybody sees what may be seen.",
        ),
    ] = True,
    port: Port = None,
    data: Data = None,
) -> None:
    """Push a believable Bay into the system that runs here, as its real clients would. A second run changes nothing.

    What is invented says so beside the figures. Real are list sizes, the Bay's monthly totals and Cumbria's quarter.
    """
    scene = scene_of(seed=seed, size=size, last=last, today=london_day(datetime.now(UTC)))
    began = time.monotonic()
    console = Console()
    with Door(first_port(port, data), data) as door, _bar(console) as bar, ThreadPoolExecutor() as pool:
        for part in parts(publication=publish):
            going = [pool.submit(_go, console, bar, steps=way, door=door, scene=scene) for way in part.ways]
            for way in as_completed(going):
                way.result()
            if part.ready is not None:
                _tell(console, "ready", part.ready)
    console.print(f"{'all of it':<25}{time.monotonic() - began:.0f} s", markup=False, highlight=False)
    pages = f"http://127.0.0.1:{first_port(port, data)}/start"
    console.print(
        f"{'pages':<25}{pages} leads to all of them, and names the token of each",
        markup=False,
        highlight=False,
    )
    console.print("demo ready", markup=False, highlight=False)


def scene_of(*, seed: int, size: str, last: str | None, today: date) -> Scene:
    """The scene that is asked for, of this machine's registry. Raises LocalError."""
    if size not in SIZES:
        raise LocalError(f"--size is one of {', '.join(SIZES)}.", exit_code=2)
    try:
        settings = read_settings(PlatformSettings)
        registry = load_registry(settings.registry_file)
    except (SettingsError, RegistryFileError) as error:
        raise LocalError(str(error), exit_code=2) from error
    if settings.environment == PRODUCTION:
        raise LocalError("a demonstration has no place in production (ICC_ENVIRONMENT).", exit_code=2)
    return a_scene(registry, read_figures(), seed=seed, last=_last_month(last, today), size=SIZES[size])


def _last_month(asked: str | None, today: date) -> Month:
    ended = Month.of(today) - 1
    if asked is None:
        return ended
    try:
        month = Month.parse(asked)
    except ValueError as error:
        raise LocalError(f"--last: {error}.", exit_code=2) from error
    if month > ended:
        raise LocalError(
            f"--last {month} has not ended yet: {ended} is the newest there can be.", exit_code=2
        )
    return month


def _go(console: Console, bar: Progress, *, steps: Way, door: Door, scene: Scene) -> None:
    """Does one step after the other, and says what each came to."""
    for step in steps:
        task = bar.add_task(step.title, total=1)
        told = step.run(door, scene, partial(_follow, bar, task))
        bar.update(task, completed=1, total=1)
        _tell(console, step.title, told)
        if step.ready is not None:
            _tell(console, "ready", step.ready)


def _tell(console: Console, what: str, told: str) -> None:
    console.print(f"{what:<25}{told}", markup=False, highlight=False, soft_wrap=True)


def _follow(bar: Progress, task: TaskID, done: int, of: int) -> None:
    bar.update(task, completed=done, total=of)


def _bar(console: Console) -> Progress:
    """Progress lines that leave nothing behind; none where the output is no terminal."""
    parts = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*parts, console=console, transient=True, disable=not console.is_terminal)
