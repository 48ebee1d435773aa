"""Which council sent what, how late, and what is still missing; the signals about it as a feed to subscribe to."""
