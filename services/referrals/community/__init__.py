"""What the communities tell: forum meetings with what came of them, insights, and trainings."""
