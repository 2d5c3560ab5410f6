"""Screens of the incident: queue, log form, detail with its verbs, closure report, imports."""
