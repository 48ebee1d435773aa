"""The platform the three services stand on: settings, database, identity, errors, work, facts, registry, audit, local stack.

`shared` imports no service. A service imports from here and never from another service.
"""
