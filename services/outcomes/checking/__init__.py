"""Check before sending: a council officer drops a return into a page, sees what to correct, and sends it once it is clean."""
