"""Many realistic incidents, fast: decided by the same rules as every verb, written by COPY."""

from allclear.config.demo.bulk.generate import generate

__all__ = ["generate"]
