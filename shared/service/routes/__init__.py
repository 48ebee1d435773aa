"""The routes that every service has: registry, audit, operations, health, keys and docs."""
