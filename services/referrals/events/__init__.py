"""Community events: a diary with calendars in and out, and what came of each event."""
