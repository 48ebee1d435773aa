"""What was found when a person was assessed, domain by domain."""
