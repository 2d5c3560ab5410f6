"""The only writers of this noun: one verb, one function, one transaction."""
