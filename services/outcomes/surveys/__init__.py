"""Surveys of how teams function: a round a month, without persons. What few people say is kept, and shown to nobody."""
