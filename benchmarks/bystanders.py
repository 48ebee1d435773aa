"""Somebody else who asks a service small things, one after the other, while it has large work to do."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from shared.ids import new_id

PAUSE_SECONDS = 0.01
ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A small question."""

    path: str
    token: str | None = None


class Bystander:
    """Asks for the time of a `with`. slowest: the seconds of the slowest answer, of those that were begun in it."""

    def __init__(self, port: int, questions: Sequence[Asked]) -> None:
        self.slowest = 0.0
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._go_on, args=(port, one)) for one in questions]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, port: int, question: Asked) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        headers = {} if question.token is None else {"Authorization": f"Bearer {question.token}"}
        while not self._stopped.is_set():
            began = time.perf_counter()
            connection.request("GET", question.path, headers=headers)
            connection.getresponse().read()
            self.slowest = max(self.slowest, time.perf_counter() - began)
            self._stopped.wait(PAUSE_SECONDS)
        connection.close()


def ask(port: int, method: str, path: str, token: str | None, body: bytes | None = None) -> bytes:
    """The bytes of an answer. SystemExit where it is refused."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": str(new_id())}
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status not in {200, 201}:
        raise SystemExit(f"{method} {path} answered {answer.status}: {content[:300]!r}")
    return content
