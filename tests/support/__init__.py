"""What the tests stand on: throwaway databases, running services, tokens, and ways to wait for an event."""
