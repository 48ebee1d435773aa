"""One PostgreSQL database for each service: its tables' bases, its connections, its migrations."""
