"""Those who care for a person, as people of their own: recorded with their own consent, counted for themselves."""
