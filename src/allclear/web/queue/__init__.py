"""The queue: a list of incidents by a filter, in views that people keep, and live."""
