"""What is owed to somebody outside until they acknowledge it: how often it is tried, and how they are called."""
