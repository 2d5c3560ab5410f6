"""From signal to incident: integrations, what arrived by them, alerts, and what keeps them quiet."""
