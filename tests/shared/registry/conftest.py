"""Two registries: the one that ships, and one of invented communities that shares no name with it."""

from pathlib import Path

import pytest

from shared.registry import Registry, load_registry

INVENTED = Path(__file__).parent / "invented.json"


@pytest.fixture(scope="session")
def shipped() -> Registry:
    """The registry of Morecambe Bay."""
    return load_registry()


@pytest.fixture(scope="session")
def invented() -> Registry:
    """A valley that does not exist: whatever works here is not hard coded."""
    return load_registry(INVENTED)
