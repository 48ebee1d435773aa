"""The only reader of the environment: one frozen class on which each service builds its own.

Every setting is a variable `ICC_<NAME>`; what belongs to one service is `ICC_<SERVICE>_<NAME>`
(`ICC_REFERRALS_DATABASE_URL`). A wrong value stops the process at its start with one sentence that names the variable.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.addresses import FIRST_PORT, POSTGRES_OFFSET, VALKEY_OFFSET, port_of

LOCAL_ISSUER = "icc-local"
SERVICE_ISSUER = "icc-service"
SHORTEST_METRICS_TOKEN = 20
SECRETS_DIRECTORY = Path("/run/secrets")

_VALKEY_SCHEMES = ("redis://", "rediss://", "unix://")
_DURATION = re.compile(r"(\d+)(ms|s|m|h|d)?\Z")
# A browser leaves a default port out, so an origin that names one would match nothing.
_ORIGIN = re.compile(
    r"(?!https://.*:443\Z|http://.*:80\Z)https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?\Z"
)
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(value: object) -> object:
    """`90`, `500ms`, `15s`, `5m`, `1h`, `2d` as a timedelta (a bare number is seconds); anything else untouched."""
    if isinstance(value, str) and (match := _DURATION.match(value.strip())):
        return timedelta(**{_UNITS[match[2] or "s"]: int(match[1])})
    return value


def _comma_separated(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _none_when_empty(value: object) -> object:
    return None if value == "" else value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)]
Secret = Annotated[SecretStr | None, BeforeValidator(_none_when_empty)]


class ServiceAddress(BaseModel):
    """Where one service and its database are, when not beside this process: `ICC_<SERVICE>_URL`, `…_DATABASE_URL`, `…_READ_URL`.

    sealer_url (`…_SEALER_URL`): the database again, in the role that seals the audit; for its worker.   pages_url
    (`…_PAGES_URL`): where browsers find its pages.
    """

    model_config = ConfigDict(frozen=True)

    url: str | None = None
    pages_url: Annotated[str | None, BeforeValidator(_none_when_empty)] = None
    database_url: Secret = None
    read_url: Secret = None
    sealer_url: Secret = None

    @field_validator("pages_url")
    @classmethod
    def _an_address_that_browsers_open(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must be an address like https://dashboard.example")
        return value


class MetricsSettings(BaseModel):
    """Where processes share their figures (`ICC_METRICS_DIR`), and the word whose bearer may read them (`…_TOKEN`)."""

    model_config = ConfigDict(frozen=True)

    dir: Annotated[Path | None, BeforeValidator(_none_when_empty)] = None
    token: Secret = None

    @field_validator("token")
    @classmethod
    def _a_word_nobody_guesses(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_METRICS_TOKEN:
            raise ValueError(f"must have at least {SHORTEST_METRICS_TOKEN} characters")
        return value


class OidcSettings(BaseModel):
    """Whose tokens are taken (`ICC_OIDC_ISSUER`, `…_AUDIENCE`), and where clients get them (`…_TOKEN_ENDPOINT`)."""

    model_config = ConfigDict(frozen=True)

    issuer: str = LOCAL_ISSUER
    audience: str = "icc"
    token_endpoint: Annotated[str | None, BeforeValidator(_none_when_empty)] = None

    @field_validator("issuer")
    @classmethod
    def _issuer_is_not_reserved(cls, value: str) -> str:
        if value == SERVICE_ISSUER:
            raise ValueError(f"{SERVICE_ISSUER!r} is reserved for the services themselves")
        return value


class LoginSettings(BaseModel):
    """What the identity provider knows a service's pages as (`ICC_LOGIN_CLIENT`), and the secret it gave them, if any (`…_SECRET`)."""

    model_config = ConfigDict(frozen=True)

    client: Annotated[str | None, BeforeValidator(_none_when_empty)] = None
    secret: Secret = None


class PlatformSettings(BaseSettings):
    """What every process of the platform needs to know. Immutable; read once at the start by `read_settings`.

    delivery_origins: exact origins that are called although they are private; of senders of messages none else ever is.
    """

    model_config = SettingsConfigDict(
        env_prefix="ICC_", env_nested_delimiter="_", env_nested_max_split=1, frozen=True, extra="ignore"
    )

    environment: Literal["local", "test", "production"] = "local"
    data_dir: Path = Path(".icc")
    port: int = Field(default=FIRST_PORT, ge=1, le=65_000)
    database_url: Secret = None
    redis_url: Secret = None
    referrals: ServiceAddress = ServiceAddress()
    outcomes: ServiceAddress = ServiceAddress()
    trajectories: ServiceAddress = ServiceAddress()
    pool_size: int = Field(default=8, ge=1, le=100)
    oidc: OidcSettings = OidcSettings()
    jwks: str | None = None
    jwks_proxy: str | None = None
    master_key: Secret = None
    keyring: Secret = None
    service_key: Secret = None
    service_keys: str | None = None
    registry_file: Path | None = None
    rate_limit: int = Field(default=0, ge=0)
    sweep_interval: Duration = timedelta(seconds=5)
    allowed_hosts: CommaSeparated = ()
    cors_origins: CommaSeparated = ()
    delivery_origins: CommaSeparated = ()
    keep_alive: Duration = Field(default=timedelta(seconds=65), ge=timedelta(seconds=1))
    metrics: MetricsSettings = MetricsSettings()

    @field_validator("database_url")
    @classmethod
    def _an_address_of_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _check_postgres_url(value.get_secret_value())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ORIGIN.match(origin) for origin in value):
            raise ValueError("must list exact origins like https://dashboard.example:8443, and never *")
        return value

    @field_validator("redis_url")
    @classmethod
    def _an_address_of_valkey(cls, value: SecretStr | None) -> SecretStr | None:
        text = "none" if value is None else value.get_secret_value()
        if text != "none" and not text.startswith(_VALKEY_SCHEMES):
            raise ValueError("must be an address like redis://:password@host:6379/0, or none")
        return value

    @field_validator("jwks", "jwks_proxy", "service_keys", "registry_file", mode="before")
    @classmethod
    def _empty_means_unset(cls, value: object) -> object:
        return _none_when_empty(value)

    @field_validator("jwks")
    @classmethod
    def _keys_that_are_there(cls, value: str | None) -> str | None:
        if value is None or value.startswith(("http://", "https://")):
            return value
        if not Path(value.removeprefix("file://")).is_file():
            raise ValueError("names neither an http(s) address nor a file that is there")
        return value

    @field_validator("jwks_proxy")
    @classmethod
    def _a_proxy_that_is_spoken(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must be the address of an HTTP proxy like http://proxy.example:3128")
        return value

    @property
    def redis_address(self) -> str | None:
        """The nudge server's URL: the local Valkey unless `ICC_REDIS_URL` is set; None when that is `none`."""
        if self.redis_url is None:
            return f"redis://127.0.0.1:{self.port + VALKEY_OFFSET}/0"
        address = self.redis_url.get_secret_value()
        return None if address == "none" else address

    @property
    def server_url(self) -> str:
        """The PostgreSQL server (its maintenance database): the local one unless `ICC_DATABASE_URL` is set."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"postgresql://postgres@127.0.0.1:{self.port + POSTGRES_OFFSET}/postgres"

    @property
    def uses_local_key(self) -> bool:
        """Whether tokens are signed by the key of this data directory (no `ICC_JWKS`)."""
        return self.jwks is None

    def database_url_for(self, service: str) -> str:
        """The service's own database: `ICC_<SERVICE>_DATABASE_URL`, else `icc_<service>` on the server."""
        override = self._address_of(service).database_url
        if override is not None:
            return override.get_secret_value()
        return urlsplit(self.server_url)._replace(path=f"/icc_{service}").geturl()

    def read_url_for(self, service: str) -> str:
        """Where heavy reads go: `ICC_<SERVICE>_READ_URL` (a replica), else the service's own database."""
        override = self._address_of(service).read_url
        return self.database_url_for(service) if override is None else override.get_secret_value()

    def sealer_url_for(self, service: str) -> str:
        """The service's database for its sealer: `ICC_<SERVICE>_SEALER_URL`, else in the role of the service itself."""
        override = self._address_of(service).sealer_url
        return self.database_url_for(service) if override is None else override.get_secret_value()

    def port_of(self, service: str) -> int:
        """The port of a service's API: referrals P, outcomes P+1, trajectories P+2."""
        self._address_of(service)
        return port_of(service, first=self.port)

    def sister_url(self, service: str) -> str:
        """The base address of a service's API, without a slash at its end."""
        return (self._address_of(service).url or f"http://127.0.0.1:{self.port_of(service)}").rstrip("/")

    def pages_url_of(self, service: str) -> str | None:
        """Where browsers find a service's pages, without a slash at its end; None where it is elsewhere and nobody said where."""
        address = self._address_of(service)
        if address.pages_url is None and address.url is not None:
            return None
        return (address.pages_url or self.sister_url(service)).rstrip("/")

    def _address_of(self, service: str) -> ServiceAddress:
        addresses = {
            "referrals": self.referrals,
            "outcomes": self.outcomes,
            "trajectories": self.trajectories,
        }
        if service not in addresses:
            raise ValueError(f"there is no service {service!r}")
        return addresses[service]


def _check_postgres_url(text: str) -> None:
    """Refuse what is not the address of a PostgreSQL server. The text is not repeated: it holds a password."""
    try:
        address = urlsplit(text)
        usable = address.scheme in {"postgresql", "postgres"} and (address.port is None or address.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be an address like postgresql://user:password@host:5432/postgres")


class SettingsError(SystemExit):
    """A setting is missing or wrong; the message is one sentence for the operator. Ends the process with status 1 when not caught."""


SettingsT = TypeVar("SettingsT", bound=PlatformSettings)


def read_settings(kind: type[SettingsT], **overrides: Any) -> SettingsT:
    """The settings of this process from its environment; SettingsError with one sentence when one is wrong."""
    # Container platforms hand secrets over as files; a variable of the same name goes before the file.
    directory = SECRETS_DIRECTORY if SECRETS_DIRECTORY.is_dir() else None
    try:
        return kind(_secrets_dir=directory, **overrides)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    """What is wrong, without the values: a value may be a secret."""
    faults = [
        f"{'ICC_' + '_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return f"The settings cannot be used: {'; '.join(faults)}."
