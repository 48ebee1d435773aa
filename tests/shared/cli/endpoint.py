"""An endpoint on this machine that answers requests as prepared, for commands that call a service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic
from typing import Any, NamedTuple


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class Endpoint(NamedTuple):
    url: str
    requests: list[Request]


Answer = tuple[int, dict[str, str], dict[str, Any] | bytes]


@contextmanager
def endpoint(*answers: Answer) -> Iterator[Endpoint]:
    """Answers one request after another with what was prepared."""
    prepared, requests = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            requests.append(Request(self.command, self.path, dict(self.headers.items()), body, monotonic()))
            status, headers, document = prepared.pop(0)
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 - the names http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # It looks this often, in seconds, whether it is to end.
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield Endpoint(f"http://127.0.0.1:{server.server_address[1]}", requests)
    finally:
        server.shutdown()
        server.server_close()
