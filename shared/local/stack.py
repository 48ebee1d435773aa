"""What `icc up` runs: the servers, an API and a worker for each service, and the settings by which they find each other."""

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.addresses import POSTGRES_OFFSET, SERVICES, VALKEY_OFFSET, port_of
from shared.local import LocalError
from shared.local.accounts import HERE, READERS, home_of, lodging, service_accounts, valkey_account
from shared.local.databases import ROLES, ServiceDatabase, database_address, migration_environment
from shared.local.directory import ROOT, DataDirectory, kept_metrics_token, kept_passwords
from shared.local.postgres import SUPERUSER, Postgres, clients_variables, postgres_account
from shared.local.processes import Program
from shared.local.valkey import Valkey
from shared.service.lent_children import READERS as LENDER
from shared.service.readiness import ReadyPipe

SERVER_TIER, API_TIER, WORKER_TIER = 1, 2, 3
PASSWORDS = (SUPERUSER, "valkey", *ROLES)
WITHOUT_VALKEY = "none"
LOCAL_HOSTS = "127.0.0.1,localhost,[::1]"


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What the person asked for, and the environment it was asked in.

    workers: API processes for each service, 1 or more.   readers: the socket on which children of another account are asked for.
    """

    directory: DataDirectory
    port: int
    workers: int
    environment: Mapping[str, str]
    readers: int | None = None

    @property
    def external_database(self) -> str | None:
        """ICC_DATABASE_URL, when the person has a PostgreSQL of their own."""
        return self.environment.get("ICC_DATABASE_URL") or None

    @property
    def external_redis(self) -> str | None:
        """ICC_REDIS_URL, when the person has a Valkey of their own, or `none`."""
        return self.environment.get("ICC_REDIS_URL") or None

    @property
    def database_overrides(self) -> dict[str, str]:
        """Services whose database somebody else looks after: ICC_<SERVICE>_DATABASE_URL."""
        named = {service: self.environment.get(f"ICC_{service.upper()}_DATABASE_URL") for service in SERVICES}
        return {service: url for service, url in named.items() if url}

    @property
    def needs_postgres(self) -> bool:
        """Whether a PostgreSQL of our own is to be started."""
        return self.external_database is None and len(self.database_overrides) < len(SERVICES)

    def port_of(self, service: str) -> int:
        """The port of a service's API."""
        return port_of(service, first=self.port)


def leave_others_postgres(options: StackOptions) -> None:
    """Take a shell's PG* variables out of this process when it speaks to our own PostgreSQL: they are about another."""
    if options.needs_postgres:
        for name in clients_variables(os.environ):
            del os.environ[name]


def embedded_postgres(options: StackOptions, passwords: Mapping[str, str]) -> Postgres:
    """The PostgreSQL of this data directory."""
    return Postgres(
        directory=options.directory.postgres,
        port=options.port + POSTGRES_OFFSET,
        password=passwords[SUPERUSER],
        log=options.directory.logs / "postgres.log",
        account=postgres_account(),
        connections=max(200, 100 + 48 * options.workers),
    )


def embedded_valkey(options: StackOptions, passwords: Mapping[str, str]) -> Valkey:
    """The Valkey of this data directory."""
    return Valkey(
        directory=options.directory.valkey,
        port=options.port + VALKEY_OFFSET,
        password=passwords["valkey"],
        log=options.directory.logs / "valkey.log",
        account=valkey_account(),
    )


def api_program(
    options: StackOptions, database: ServiceDatabase, *, redis_url: str, listener: int
) -> Program:
    """One API process of a service, on a listening socket that we hold."""
    figures = api_figures(options, database.service) if options.workers > 1 else None
    return _service_program(
        options,
        database,
        words=("api", "--fd", str(listener)),
        environment=_service_environment(options, database, redis_url)
        | {"ICC_METRICS_TOKEN": kept_metrics_token(options.directory)},
        figures=figures,
        sockets=(listener,),
    )


def worker_program(
    options: StackOptions, database: ServiceDatabase, *, redis_url: str, pipe: ReadyPipe
) -> Program:
    """The worker process of a service; it says through the pipe when its loops run."""
    return _service_program(
        options,
        database,
        words=("worker",),
        environment=_service_environment(options, database, redis_url)
        | {f"ICC_{database.service.upper()}_SEALER_URL": database.sealer_url}
        | pipe.environment,
        figures=worker_figures(options)[database.service],
        sockets=(pipe.writing,),
    )


def _service_program(
    options: StackOptions,
    database: ServiceDatabase,
    *,
    words: tuple[str, ...],
    environment: Mapping[str, str],
    figures: Path | None,
    sockets: tuple[int, ...],
) -> Program:
    """A process of a service: as we run ourselves, or in the lodging of its account. figures: where it leaves them."""
    service, name = database.service, f"{database.service} {words[0]}"
    log = options.directory.logs / f"{service}-{words[0]}.log"
    lodged = lodging(options.directory, service, environment)
    if lodged is None:
        told = {} if figures is None else {"ICC_METRICS_DIR": str(figures)}
        command = (sys.executable, "-P", "-m", f"services.{service}", *words)
        return Program(name, command, log, {**environment, **told}, directory=ROOT, sockets=sockets)
    told = {} if figures is None else {"ICC_METRICS_DIR": f"{HERE}/{figures.relative_to(lodged.home)}"}
    lent = {} if options.readers is None else {LENDER: str(options.readers)}
    return Program(
        name,
        (lodged.python, "-P", "-m", f"services.{service}", *words),
        log,
        {**environment, **lodged.environment, **told, **lent},
        directory=lodged.home,
        account=lodged.account,
        sockets=(*sockets, *lodged.held, *(int(number) for number in lent.values())),
    )


def readers_program(options: StackOptions, asked: int) -> Program | None:
    """The process that starts readers of files under their account; None where we are not root. asked: its socket."""
    lodged = lodging(options.directory, READERS, _plain_environment(options))
    if lodged is None:
        return None
    return Program(
        name="readers",
        command=(lodged.python, "-P", "-m", "shared.local.readers", "--fd", str(asked)),
        log=options.directory.logs / "readers.log",
        environment={"PATH": os.defpath, **lodged.environment},
        directory=lodged.home,
        account=lodged.account,
        sockets=(asked, *lodged.held),
    )


def migration_program(options: StackOptions, databases: Iterable[ServiceDatabase]) -> Program:
    """The process that migrates all databases and ends."""
    return Program(
        name="migration",
        command=(sys.executable, "-P", "-m", "shared.local.migrations"),
        log=options.directory.logs / "migration.log",
        environment=_plain_environment(options) | migration_environment(databases),
        directory=ROOT,
    )


def keys_program(options: StackOptions) -> Program:
    """The process that makes the keys, which no service does in production; only for a database that is made new.

    Keys made for a database that is there already would hide that its own are lost.
    """
    return Program(
        name="making the keys",
        command=(
            sys.executable,
            "-P",
            "-m",
            "shared.crypto",
            "create",
            "--data",
            str(options.directory.path),
        ),
        log=options.directory.logs / "keys.log",
        environment=_plain_environment(options),
        directory=ROOT,
    )


def service_keys_program(options: StackOptions) -> Program:
    """The process that makes the services' key pairs where some are missing."""
    return Program(
        name="making the services' keys",
        command=(sys.executable, "-P", "-m", "shared.auth", "--data", str(options.directory.path)),
        log=options.directory.logs / "keys.log",
        environment=_plain_environment(options),
        directory=ROOT,
    )


def homes_program(options: StackOptions) -> Program:
    """The process that furnishes the folders of services with accounts of their own."""
    return Program(
        name="making the services' own folders",
        command=(sys.executable, "-P", "-m", "shared.local.homes", "--data", str(options.directory.path)),
        log=options.directory.logs / "keys.log",
        environment=_plain_environment(options),
        directory=ROOT,
    )


def make_figures_anew(options: StackOptions) -> None:
    """Empty the folders in which processes leave their figures; each belongs to who writes there."""
    shutil.rmtree(options.directory.metrics, ignore_errors=True)
    for service, account in ((service, service_accounts().get(service)) for service in SERVICES):
        for folder in (api_figures(options, service), worker_figures(options)[service]):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, mode=0o700)
            if account is not None:
                os.chown(folder, account.uid, account.gid)


def api_figures(options: StackOptions, service: str) -> Path:
    """Where the API processes of a service share their figures."""
    if service in service_accounts():
        return home_of(options.directory, service) / "metrics" / "api"
    return options.directory.metrics / f"{service}-api"


def worker_figures(options: StackOptions) -> dict[str, Path]:
    """Where the worker of each service leaves its figures."""
    if accounts := service_accounts():
        return {service: home_of(options.directory, service) / "metrics" / "worker" for service in accounts}
    return {service: options.directory.metrics / f"{service}-worker" for service in SERVICES}


def _service_environment(options: StackOptions, database: ServiceDatabase, redis_url: str) -> dict[str, str]:
    """A service gets the address of its own database only, in the role that cannot change tables."""
    is_ours = options.needs_postgres and database.service not in options.database_overrides
    return _plain_environment(options, to_ours=is_ours) | {
        f"ICC_{database.service.upper()}_DATABASE_URL": database.app_url,
        "ICC_REDIS_URL": redis_url,
        "ICC_DATA_DIR": str(options.directory.path),
        "ICC_PORT": str(options.port),
        # The ports are of the loopback address, so whoever asks for another host was led here by a page or a name server.
        "ICC_ALLOWED_HOSTS": options.environment.get("ICC_ALLOWED_HOSTS") or LOCAL_HOSTS,
    }


def _plain_environment(options: StackOptions, *, to_ours: bool | None = None) -> dict[str, str]:
    """What we were started with, without the addresses of databases.

    to_ours: whether the process speaks to our own PostgreSQL; a shell's PG* variables are about another one.
    """
    kinds = ("DATABASE", "SEALER")
    hidden = {"ICC_DATABASE_URL", *(f"ICC_{one.upper()}_{kind}_URL" for one in SERVICES for kind in kinds)}
    if options.needs_postgres if to_ours is None else to_ours:
        hidden |= clients_variables(options.environment)
    kept = {name: value for name, value in options.environment.items() if name not in hidden}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def administered_databases(options: StackOptions) -> dict[str, str]:
    """The databases that can be read from here, for commands that read past the services: all of a server in the role
    that looks after it, else the services' that are named one by one, as a container knows only its own.

    Raises LocalError when the data directory has never been used and neither a server nor a database is set.
    """
    leave_others_postgres(options)
    named = options.database_overrides
    server_url = options.external_database
    if options.needs_postgres and options.directory.passwords.exists():
        passwords, _ = kept_passwords(options.directory, PASSWORDS)
        server_url = embedded_postgres(options, passwords).url()
    if server_url is None and not named:
        raise LocalError(
            f"there is nothing in {options.directory.path} yet: name the data directory with --data."
        )
    if server_url is None:
        return named
    return {
        service: named.get(service) or database_address(server_url, f"icc_{service}", role="", password=None)
        for service in SERVICES
    }
