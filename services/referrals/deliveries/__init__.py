"""What senders of messages are owed: an answer for each decision, until they acknowledge it."""
