"""The pathways a person can be referred to: who each is for, which team works it, by when."""
