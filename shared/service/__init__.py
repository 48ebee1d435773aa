"""What a service is made of, on top of everything else in `shared`: nothing below imports it.

| question | file |
| --- | --- |
| what does a process hold while it runs? | platform.py |
| how is an application put together? | app.py, application.py |
| what does every request pass through? | edge.py, guard.py, handlers.py, refusals.py, losses.py |
| what may a route ask for in its signature? | deps.py |
| which routes are called without the framework's solver? | direct.py |
| which routes has every service? | routes/ |
| how does a process start and serve? | running.py, server.py, readiness.py |
| how is background work done? | jobs.py, worker.py, upkeep.py, fact_work.py |
| how is a sister service called? | sister.py, breaker.py |
"""
