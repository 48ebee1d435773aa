"""Pages for who works with people and has a browser: worklists, and the record of a referral with its case."""
