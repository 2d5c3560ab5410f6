"""The filter language: a text such as `priority:1 team:network status:open opened:>7d printer`.

`read` gives the tree of a text, `to_text` its canonical text, `settle` what it means now and for this person,
`holds` says of one record whether it fits. Nothing here knows a table: what names mean is asked of a `Directory`.
"""

from allclear.domain.filters.ast import EVERYTHING, And, Node, Not, Op, Or, Term, Words, quoted, to_text
from allclear.domain.filters.context import Context
from allclear.domain.filters.errors import FilterError, nearest
from allclear.domain.filters.fields import FIELDS, FLAGS, PARTS, Field, FieldKind, Schema, schema_of
from allclear.domain.filters.leaves import (
    AllOf,
    Among,
    AnyOf,
    Compare,
    Contains,
    Empty,
    Except,
    HasKey,
    Like,
    OneOf,
    Search,
    Test,
    Tree,
)
from allclear.domain.filters.marks import mark_names, part_names
from allclear.domain.filters.matching import Named, best, slug, typed
from allclear.domain.filters.meaning import Directory, settle
from allclear.domain.filters.predicate import holds, like
from allclear.domain.filters.reading import LONGEST, read

__all__ = [
    "EVERYTHING", "FIELDS", "FLAGS", "LONGEST", "PARTS", "AllOf", "Among", "And", "AnyOf", "Compare", "Contains",
    "Context", "Directory", "Empty", "Except", "Field", "FieldKind", "FilterError", "HasKey", "Like", "Named", "Node",
    "Not", "OneOf", "Op", "Or", "Schema", "Search", "Term", "Test", "Tree", "Words", "best", "holds", "like",
    "mark_names", "nearest", "part_names", "quoted",
    "read", "schema_of", "settle", "slug", "to_text", "typed",
]  # fmt: skip
