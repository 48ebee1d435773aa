"""How the files of keys are called. Standard library only: the local stack asks here before anything heavy is loaded."""

from pathlib import Path

from shared.addresses import SERVICES

KEYS_DIRECTORY = "keys"
SIGNING_KEY = "signing.pem"
SIGNING_PUBLIC = "signing.json"
PUBLIC_HALVES = "services.json"


def private_file(service: str) -> str:
    """The name of the file with a service's private key."""
    return f"service-{service}.pem"


def has_service_keys(data_dir: Path) -> bool:
    """Whether every service has its key pair here."""
    names = (*map(private_file, SERVICES), PUBLIC_HALVES)
    return all((data_dir / KEYS_DIRECTORY / name).exists() for name in names)
