"""What dialects read bodies with: bytes to values, values to texts, labels, instants and severities. Pure."""

from allclear.intake.dialects.reading.body import form_of, is_form, json_of, text_of
from allclear.intake.dialects.reading.finish import finished
from allclear.intake.dialects.reading.instants import instant
from allclear.intake.dialects.reading.labels import flat, put, source_in, tagged
from allclear.intake.dialects.reading.part import Part, each, each_part, nameless, part_of, tried
from allclear.intake.dialects.reading.severity import severity_of

__all__ = [
    "Part", "each", "each_part", "finished", "flat", "form_of", "instant", "is_form", "json_of", "nameless",
    "part_of", "put", "severity_of", "source_in", "tagged", "text_of", "tried",
]  # fmt: skip
