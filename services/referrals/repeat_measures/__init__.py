"""Which measures of the people on the caseload are to be repeated: outcomes is asked each night, the lists say what is due."""
