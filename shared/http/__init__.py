"""The edge of a service: how a request comes in, is understood, and is answered.

| question | file |
| --- | --- |
| how is an application put together? | app.py, application.py |
| what does every request pass through? | edge.py, headers.py |
| what does a process hold while it runs? | platform.py |
| what may a route ask for in its signature? | deps.py |
| which routes are called without the framework's solver? | direct.py |
| how is a body read and checked? | bodies.py, json_checks.py, validation.py, text.py, dates.py |
| how is a query checked? | query.py |
| which ids may stand in an address? | path_ids.py |
| how are lists cut into pages? | cursors.py |
| how are stale changes refused? | conditional.py |
| which media types are taken and given? | negotiation.py, answers.py |
| how often may a client call? | rates.py |
| how does the server speak HTTP? | server.py, protocol.py, joining.py |
| how is a sister service called? | sister.py |
| how are health, metrics, keys and docs answered? | health.py, pages.py |
| what is the page of docs made of? | pages.py, swagger_ui/README.md |
"""
