"""One self-contained HTML report, its JSON twin and its pictures. It composes; what is drawn stands beside what was found."""

from emt_theory.report.pictures import Picture, draw_pictures
from emt_theory.report.reports import MEANING, check_folder, overview_row, save

__all__ = ["MEANING", "Picture", "check_folder", "draw_pictures", "overview_row", "save"]
