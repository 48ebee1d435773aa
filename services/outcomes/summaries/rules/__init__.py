"""What a summary of measurements says: pure statistics, without the database."""
