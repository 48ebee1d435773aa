"""PostgreSQL: sessions, bare connections, what tables are made of, migrations.

| question | file |
| --- | --- |
| how does a process reach its database, and how are bare connections kept? | engine.py |
| how does an act run a statement written by hand? | bare.py |
| what is every table made of, and which revision has the code? | tables.py |
| how are migrations run, written and compared? | alembic.py |
| what if a migration was edited after it was run? | digests.py |
"""
