"""`icc openapi`: a service's schema, without a running system."""

import importlib
import json
import sys
from typing import Annotated

import typer

from shared.cli.options import known_service
from shared.settings import read_settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def openapi(service: Annotated[str, typer.Argument(help="referrals, outcomes or trajectories.")]) -> None:
    """Print the OpenAPI document of a service as JSON."""
    name = known_service(service)
    settings = read_settings(importlib.import_module(f"services.{name}.settings").Settings)
    application = importlib.import_module(f"services.{name}.app").create_app(settings)
    sys.stdout.write(json.dumps(application.openapi(), indent=2, ensure_ascii=False) + "\n")
