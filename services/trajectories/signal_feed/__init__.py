"""What is noticed in the figures, and the Atom feed that tells it."""
