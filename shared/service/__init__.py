"""What a service is made of, on top of everything else in `shared`: nothing below imports it.

| question | file |
| --- | --- |
| what is an action given? | acting.py |
| who may act, and when does the transaction end? | guard.py |
| how is a route declared, and what follows from it? | routing.py |
| how is a list cut into pages? | paging.py |
| which routes are called without the framework's solver? | direct.py |
| which routes has every service? | routes/ |
| what does a process hold while it runs? | platform.py |
| how is an application put together? | app.py |
| what does every request pass through? | edge.py, cors.py |
| how long may an answer take? | deadlines.py |
| how does an exception become an answer? | handlers.py |
| how does a process start and serve? | running.py, server.py, readiness.py |
| how is background work done? | jobs.py, worker.py, upkeep.py |
| how is a stranger's file read apart? | readers.py |
| how is a sister service called? | sister.py |
"""
