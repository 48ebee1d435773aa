"""The catalogue of measures as callers read it, with the protection that the report gives their figures."""
