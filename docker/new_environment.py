"""Prints a fresh docker/.env: passwords, the master key, a keyring and a key pair for each service.

    docker run --rm icc-platform python docker/new_environment.py > docker/.env

Run it once; another run makes other keys, which do not open what the first ones encrypted. What is left empty is yours to fill in.
"""

# ruff: noqa: INP001 -- a script of the image, not a package

import base64
import os
import secrets
import sys
from datetime import UTC, datetime

from joserfc.jwk import ECKey

from shared.addresses import SERVICES
from shared.auth.sisters import public_halves
from shared.crypto.document import granted, new_document
from shared.crypto.keyring import KEY_BYTES, purposes_granted

PASSWORDS = (
    "POSTGRES_PASSWORD",
    "ICC_OWNER_PASSWORD",
    *(f"ICC_{service.upper()}_APP_PASSWORD" for service in SERVICES),
    *(f"ICC_{service.upper()}_SEALER_PASSWORD" for service in SERVICES),
    "ICC_VALKEY_PASSWORD",
    "ICC_METRICS_TOKEN",
)


def new_environment(now: datetime) -> dict[str, str]:
    """Every variable that docker/compose.yaml asks for."""
    master = os.urandom(KEY_BYTES)
    document = new_document(master, now=now)
    pairs = {service: ECKey.generate_key("P-256") for service in SERVICES}
    return {
        "ICC_OIDC_ISSUER": "",
        "ICC_JWKS": "",
        "ICC_ALLOWED_HOSTS": "",
        **{name: secrets.token_urlsafe(32) for name in PASSWORDS},
        "ICC_MASTER_KEY": base64.b64encode(master).decode(),
        **{
            f"ICC_{service.upper()}_KEYRING": granted(document, purposes_granted(service)).model_dump_json()
            for service in SERVICES
        },
        **{
            f"ICC_{service.upper()}_SERVICE_KEY": key.as_pem(private=True).decode().strip()
            for service, key in pairs.items()
        },
        "ICC_SERVICE_KEYS": public_halves(pairs),
    }


if __name__ == "__main__":
    for name, value in new_environment(datetime.now(UTC)).items():
        # Single quotes: nothing in them is expanded, and neither base64 nor JSON of base64 holds one.
        sys.stdout.write(f"{name}='{value}'\n")
