"""What is owed to somebody outside until they acknowledge it: how often it is tried, how they are called, and webhooks.

| question | file |
| --- | --- |
| how often is a delivery tried, and where may it go? | rules.py |
| how are senders of messages called, how are receivers of webhooks? | senders.py, receivers.py |
| how does a slice say that something happened? | events.py |
| which webhook hears of it? | spreading.py |
| how is an event signed and sent? | signing.py, sending.py |
| how is a webhook registered, and what became of its deliveries? | routes.py, registering.py |
| which rows are there? | tables.py |
"""
