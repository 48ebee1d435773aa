"""How requests and answers are read and written, before anybody knows which service they are for.

| question | file |
| --- | --- |
| how is a body read and checked? | bodies.py, json_checks.py, validation.py, text.py, dates.py |
| how are ids and the query of an address read and checked? | parameters.py |
| how are lists cut into pages? | cursors.py |
| how are stale changes refused? | conditional.py, versions.py |
| which route answers, and which media types does it take and give? | matching.py |
| how do content and problems become the bytes of an answer? | answers.py |
| what is checked of a request's head? | headers.py |
| how often may a client call? | rates.py |
| how does the server speak HTTP? | protocol.py |
| how is the OpenAPI document made? | openapi.py |
"""
