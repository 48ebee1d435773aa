"""A POST that is sent twice happens once: the first answer is kept for seven days under client, route and key.

| question | file |
| --- | --- |
| what is a legal key, what makes two requests the same, what is answered about a key? | keys.py |
| how is a key claimed, its answer kept and given again? | answers.py |
| which row keeps an answer? | tables.py |

Decision: a key belongs to one client, acting for one organisation, and to one route, and the route is the method with the *concrete* path. The same key
at another address is therefore another key, and `idempotency.endpoint_mismatch` is never answered.
"""
