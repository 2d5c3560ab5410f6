"""Service levels: business calendars and agreements, in versions."""
