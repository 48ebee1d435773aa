"""Settings that say where keys are, as the platform's settings do."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr


@dataclass(frozen=True)
class KeySettings:
    data_dir: Path
    environment: str = "test"
    master_key: SecretStr | None = None
    keyring: SecretStr | None = None


@pytest.fixture
def key_settings(tmp_path: Path) -> KeySettings:
    return KeySettings(data_dir=tmp_path / "data")
