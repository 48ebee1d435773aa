"""The care plan of a case: what matters to the person, what is done about it, what is to happen in an emergency."""
