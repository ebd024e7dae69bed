"""One self-contained HTML report, its JSON twin and its pictures. It composes; what is drawn stands beside what was found."""

from emt_theory.report.pictures import Picture
from emt_theory.report.reports import MEANING, OVERVIEW, check_folder, overview_row, save
from emt_theory.report.sections import Section, Table, sections

__all__ = ["MEANING", "OVERVIEW", "Picture", "Section", "Table", "check_folder", "overview_row", "save", "sections"]
