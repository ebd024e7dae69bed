"""One self-contained HTML report, its JSON twin and its pictures. It composes; what is drawn stands beside what was found."""

from emt_theory.report.bases import BASIS_FILES, save_basis
from emt_theory.report.folders import check_folder
from emt_theory.report.kinds import KINDS, MEANING, OVERVIEW, Answered, Bar, Chapter, chapters, overview_row
from emt_theory.report.live import film_gif, film_page, show_film, show_spectrum
from emt_theory.report.parts import Section, Table
from emt_theory.report.pictures import Picture
from emt_theory.report.reports import save
from emt_theory.report.sections import sections

__all__ = [
    "BASIS_FILES",
    "KINDS",
    "MEANING",
    "OVERVIEW",
    "Answered",
    "Bar",
    "Chapter",
    "Picture",
    "Section",
    "Table",
    "chapters",
    "check_folder",
    "film_gif",
    "film_page",
    "overview_row",
    "save",
    "save_basis",
    "sections",
    "show_film",
    "show_spectrum",
]
