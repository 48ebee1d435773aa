"""What makes the tables append-only, for the migration: triggers that refuse, for the owner of the tables as well.

Triggers, and not only missing rights: the role that migrates owns the tables, and owners keep every right.
"""

_TABLES = ("audit", "audit_seal")

_FUNCTION = """
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end
$$
"""

APPEND_ONLY_UP: tuple[str, ...] = (
    _FUNCTION,
    *(
        f"create trigger {table}_append_only before update or delete or truncate on {table} "
        "for each statement execute function refuse_audit_change()"
        for table in _TABLES
    ),
    *(f"alter table {table} enable always trigger {table}_append_only" for table in _TABLES),
)

APPEND_ONLY_DOWN: tuple[str, ...] = (
    *(f"drop trigger {table}_append_only on {table}" for table in _TABLES),
    "drop function refuse_audit_change()",
)
