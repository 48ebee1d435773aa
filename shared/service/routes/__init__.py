"""The routes that every service has: registry, facts, audit, revocations, work, health, keys and docs."""
