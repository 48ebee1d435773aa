"""Who was told what of a person, why and on which consent; and the glass that is broken in an emergency."""
