"""The command palette (Ctrl+K) and the page of keys: every place and every record, one line of typing away."""
