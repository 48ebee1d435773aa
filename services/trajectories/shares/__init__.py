"""Each community's part of the Bay's trajectory: quarterly versions of shares, and what is in force in a month."""
