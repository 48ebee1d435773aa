"""How our own processes call out: what a shell says of proxies and passwords is not ours, only what a setting says."""

from typing import Any

import httpx


def outgoing(*, proxy: str | None = None) -> dict[str, Any]:
    """What every HTTP client of ours is made with: `httpx.AsyncClient(**outgoing(), …)`.

    HTTP_PROXY, ALL_PROXY and .netrc are not read: they would send a service's token to a stranger, and a proxy that httpx
    does not speak would stop the start. An authority of one's own (SSL_CERT_FILE) is still believed.
    proxy: the address of one that was set on purpose.
    """
    return {"trust_env": False, "verify": httpx.create_ssl_context(), "proxy": proxy}
