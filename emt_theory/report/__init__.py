"""One self-contained HTML report, its JSON twin and its pictures. It composes; what is drawn stands beside what was found."""

from emt_theory.report.bases import BASIS_FILES, save_basis
from emt_theory.report.folders import check_folder
from emt_theory.report.pictures import Picture
from emt_theory.report.reports import MEANING, OVERVIEW, overview_row, save
from emt_theory.report.sections import Section, Table, sections

__all__ = [
    "BASIS_FILES",
    "MEANING",
    "OVERVIEW",
    "Picture",
    "Section",
    "Table",
    "check_folder",
    "overview_row",
    "save",
    "save_basis",
    "sections",
]
