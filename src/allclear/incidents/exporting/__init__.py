"""Give everything back: a full archive that `allclear import` brings in again, and a sheet for spreadsheets."""

from allclear.incidents.exporting.archive import export_archive
from allclear.incidents.exporting.sheet import export_sheet

__all__ = ["export_archive", "export_sheet"]
