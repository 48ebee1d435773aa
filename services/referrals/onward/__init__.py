"""What a case asks of a partner, and the partner's answer: by its token, by a one-time link, or through the case manager."""
