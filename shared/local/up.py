"""`icc up`: starts the whole system in order, says where it is, keeps it running and stops it."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from shared.addresses import FIRST_PAGES, METRICS_OFFSET, POSTGRES_OFFSET, SERVICES, VALKEY_OFFSET
from shared.auth.key_files import has_service_keys
from shared.local import LocalError
from shared.local.accounts import service_accounts
from shared.local.databases import ServiceDatabase, prepare_databases
from shared.local.directory import METRICS_TOKEN, check_space, kept_metrics_token, kept_passwords, opened
from shared.local.migrate import bring_up_to_date, start_postgres
from shared.local.ports import LAST_PORT, hold, is_ready, listen
from shared.local.processes import rotate_logs
from shared.local.stack import (
    API_TIER,
    PASSWORDS,
    SERVER_TIER,
    WITHOUT_VALKEY,
    WORKER_TIER,
    StackOptions,
    api_figures,
    api_program,
    embedded_postgres,
    embedded_valkey,
    homes_program,
    keys_program,
    leave_others_postgres,
    make_figures_anew,
    readers_program,
    service_keys_program,
    worker_figures,
    worker_program,
)
from shared.local.supervisor import Supervisor, Unit
from shared.local.valkey import (
    Valkey,
    is_answering,
    is_reachable,
    set_unreadable_data_aside,
    valkey_binary,
    valkey_program,
)
from shared.local.worker_metrics import forget_process, serve_worker_figures
from shared.service.readiness import ReadyPipe

ROTATION_SECONDS = 10
PORT_PATIENCE_SECONDS = 15  # processes of a supervisor that was killed need a moment to go
VALKEY_PATIENCE = timedelta(seconds=10)

Say = Callable[[str], None]


def up(options: StackOptions, say: Say, *, then: Sequence[str] | None = None) -> None:
    """Runs the system until Ctrl-C or SIGTERM. Raises LocalError when it cannot be started.

    then: a command to run once it is ready. Whatever becomes of that, the system runs on.
    """
    if not 1 <= options.port <= LAST_PORT - METRICS_OFFSET:
        raise LocalError(f"--port must lie between 1 and {LAST_PORT - METRICS_OFFSET}.", exit_code=2)
    if options.workers < 1:
        raise LocalError("--workers must be 1 or more.", exit_code=2)
    leave_others_postgres(options)
    with opened(options.directory) as broken_off:
        if warning := check_space(options.directory):
            say(warning)
        options.directory.keep_port(options.port)
        asyncio.run(_Up(options, say, then).run(port_patience=PORT_PATIENCE_SECONDS if broken_off else 0))


class _Up:
    """One run of the system."""

    def __init__(self, options: StackOptions, say: Say, then: Sequence[str] | None) -> None:
        self._options = options
        self._say = say
        self._then = then
        self._stack = ExitStack()
        self._listeners: dict[str, socket.socket] = {}

    async def run(self, *, port_patience: float) -> None:
        """Starts, waits for a signal, stops; whatever happens, nothing is left running."""
        supervisor = Supervisor(self._say)
        stop = asyncio.Event()
        for number in _stop_signals():
            asyncio.get_running_loop().add_signal_handler(number, partial(_asked_to_stop, stop, supervisor))
        start = asyncio.create_task(self._start(supervisor, port_patience))
        asked = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({start, asked}, return_when=asyncio.FIRST_COMPLETED)
            if start.done():
                start.result()
                follow = asyncio.create_task(self._follow())
                await self._rotate_until(asked)
                follow.cancel()
                await asyncio.wait({follow})
            self._say("stopping")
        finally:
            start.cancel()
            asked.cancel()
            with suppress(asyncio.CancelledError, LocalError):
                await start
            await supervisor.stop()
            self._stack.close()
        self._say("stopped")

    async def _follow(self) -> None:
        """Runs the command that was to follow, which talks to the person at the terminal itself."""
        if self._then is None:
            return
        process = await asyncio.create_subprocess_exec(*self._then, stdin=asyncio.subprocess.DEVNULL)
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        if code:
            self._say(f"what was to follow ended with {code}; the system runs on")

    async def _rotate_until(self, asked: "asyncio.Task[bool]") -> None:
        while not asked.done():
            await asyncio.wait({asked}, timeout=ROTATION_SECONDS)
            with suppress(OSError):
                rotate_logs(self._options.directory.logs)

    async def _start(self, supervisor: Supervisor, port_patience: float) -> None:
        options = self._options
        await self._open_ports(port_patience)
        self._say("starting")
        passwords, new = kept_passwords(options.directory, PASSWORDS)
        redis_url, server_url, _ = await asyncio.gather(
            self._start_valkey(supervisor, passwords),
            self._start_postgres(supervisor, passwords),
            self._make_service_keys(supervisor),
        )
        databases = await prepare_databases(
            server_url, overrides=options.database_overrides, passwords=passwords, new_passwords=new
        )
        if not all(database.has_roles for database in databases):
            self._say("one PostgreSQL role is used for everything: the role given may not create others")
        await bring_up_to_date(supervisor, databases, options)
        if service_accounts():
            await supervisor.run_once(homes_program(options))
            await self._start_readers(supervisor)
        make_figures_anew(options)
        await self._start_services(supervisor, databases, redis_url)
        self._tell_addresses()

    async def _open_ports(self, patience: float) -> None:
        """Opens the ports that are ours and holds those that the servers will open: all of them, or none."""
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            try:
                with ExitStack() as opened_now:
                    self._open_each(opened_now)
                    self._stack.push(opened_now.pop_all())
                break
            except LocalError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.5)

    def _open_each(self, opened_now: ExitStack) -> None:
        """Opens or holds every port of the system, and serves the workers' metrics on the last."""
        options = self._options
        for service in SERVICES:
            listener = listen(options.port_of(service), purpose=service)
            self._listeners[service] = opened_now.enter_context(listener)
        if options.needs_postgres:
            opened_now.enter_context(hold(options.port + POSTGRES_OFFSET, purpose="PostgreSQL"))
        if options.external_redis is None:
            opened_now.enter_context(hold(options.port + VALKEY_OFFSET, purpose="Valkey"))
        figures = serve_worker_figures(
            options.port + METRICS_OFFSET,
            worker_figures(options),
            token=kept_metrics_token(options.directory),
        )
        opened_now.enter_context(figures)

    async def _start_postgres(self, supervisor: Supervisor, passwords: dict[str, str]) -> str:
        """The address of the server that holds the databases; started here unless there is one already."""
        options = self._options
        if not options.needs_postgres:
            return options.external_database or ""
        server = embedded_postgres(options, passwords)
        if not (server.directory / "PG_VERSION").exists():
            self._say("making keys and database (once)")
            if "ICC_KEYRING" not in options.environment:
                await supervisor.run_once(keys_program(options))
        await start_postgres(supervisor, server, options)
        return server.url()

    async def _start_readers(self, supervisor: Supervisor) -> None:
        """Those who read strangers' files, under an account that holds no keys; services ask for them on a socket."""
        asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._stack.callback(asking.close)
        self._stack.callback(asked.close)
        if (program := readers_program(self._options, asked.fileno())) is not None:
            self._options = replace(self._options, readers=asking.fileno())
            await supervisor.start(Unit(program, tier=SERVER_TIER))

    async def _make_service_keys(self, supervisor: Supervisor) -> None:
        """A key pair for each service, at first need: each proves with its own who it is."""
        options = self._options
        if "ICC_SERVICE_KEYS" not in options.environment and not has_service_keys(options.directory.path):
            await supervisor.run_once(service_keys_program(options))

    async def _start_valkey(self, supervisor: Supervisor, passwords: dict[str, str]) -> str:
        """The address of Valkey. Where it will not start the system goes on without: work is then found by sweeps."""
        options = self._options
        if options.external_redis is not None:
            if not is_reachable(options.external_redis):
                self._say("Valkey (ICC_REDIS_URL) cannot be reached: until it is, work is found by sweeps")
            return options.external_redis
        server = embedded_valkey(options, passwords)
        try:
            binary = valkey_binary()
        except LocalError as error:
            self._say(str(error))
            return WITHOUT_VALKEY
        program = valkey_program(server, binary)

        async def ready(_pid: int) -> bool:
            return is_answering(server)

        unit = Unit(program, tier=SERVER_TIER, ready=ready, patience=VALKEY_PATIENCE)
        try:
            await supervisor.start(unit)
        except LocalError as error:
            await self._start_valkey_empty(supervisor, unit, server, error)
        return server.url

    async def _start_valkey_empty(
        self, supervisor: Supervisor, unit: Unit, server: Valkey, error: LocalError
    ) -> None:
        """Valkey's data may be damaged: they are set aside, for the sweep knows all that they held."""
        self._say(f"going on without Valkey for now. {error}")
        await supervisor.drop(unit)
        with suppress(OSError):
            self._say(f"its data were set aside in {set_unreadable_data_aside(server)}")
        again = Unit(
            unit.program, tier=SERVER_TIER, ready=unit.ready, patience=VALKEY_PATIENCE, may_fail_first=True
        )
        with suppress(LocalError):
            await supervisor.start(again)

    async def _start_services(
        self, supervisor: Supervisor, databases: Iterable[ServiceDatabase], redis_url: str
    ) -> None:
        """All API processes and workers at once: each spends its start on its own imports."""
        options = self._options
        units = []
        for database in databases:
            service = database.service
            listener = self._listeners[service].fileno()
            api = api_program(options, database, redis_url=redis_url, listener=listener)
            ready = partial(is_ready, options.port_of(service))
            on_exit = partial(forget_process, api_figures(options, service))
            units += [Unit(api, tier=API_TIER, ready=ready, on_exit=on_exit) for _ in range(options.workers)]
            pipe = ReadyPipe.made()
            self._stack.callback(pipe.close)
            worker = worker_program(options, database, redis_url=redis_url, pipe=pipe)
            on_exit = partial(forget_process, worker_figures(options)[service])
            units.append(Unit(worker, tier=WORKER_TIER, ready=pipe.is_announced, on_exit=on_exit))
        await asyncio.gather(*(supervisor.start(unit) for unit in units))

    def _tell_addresses(self) -> None:
        options = self._options
        for service in SERVICES:
            address = f"http://127.0.0.1:{options.port_of(service)}"
            self._say(f"{service:<14}{address}   its calls are described at /docs")
        for page in FIRST_PAGES:
            how = f"with `./icc token --role {page.opened_by}`"
            if options.environment.get("ICC_JWKS"):
                how = "by the identity provider"
            address = f"http://127.0.0.1:{options.port_of(page.service)}{page.path}"
            self._say(f"{page.name:<14}{address}   sign in {how}")
        self._say(
            f"{'metrics':<14}http://127.0.0.1:{options.port + METRICS_OFFSET}/metrics   of the workers, for the bearer of keys/{METRICS_TOKEN}"
        )
        self._say(f"{'data':<14}{options.directory.path}   logs in {options.directory.logs}")
        self._say(f"{'supervisor':<14}process {os.getpid()}, stop it with Ctrl-C")
        self._say("ready")


def _stop_signals() -> list[signal.Signals]:
    """The signals that end the system; a closed terminal does not when it was started with nohup."""
    ignores_hangup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([] if ignores_hangup else [signal.SIGHUP])]


def _asked_to_stop(stop: asyncio.Event, supervisor: Supervisor) -> None:
    """The first request stops in order, the second at once."""
    if stop.is_set():
        supervisor.kill()
    stop.set()
