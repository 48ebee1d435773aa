"""What stands on worklists once a day: counted once, and kept, for the rows behind it move on."""
