"""The catalogue that this process goes by, for routes and workers."""

from typing import Annotated

from fastapi import Depends, Request

from services.trajectories.measures.catalogue import Catalogue, load_catalogue
from services.trajectories.settings import Settings


def catalogue_of(settings: Settings) -> Catalogue:
    """The catalogue that the settings name; read once."""
    return load_catalogue(settings.measures_file)


async def _catalogue(request: Request) -> Catalogue:
    return catalogue_of(request.app.state.platform.settings_of(Settings))


CatalogueOf = Annotated[Catalogue, Depends(_catalogue)]
