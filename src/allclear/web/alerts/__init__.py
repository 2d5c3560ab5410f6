"""Alerts and where they come from: the list, one alert, integrations and what they sent."""
