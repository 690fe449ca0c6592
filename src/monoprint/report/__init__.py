"""Reports: what people and their programs read.

Each format is a `ReportFormat`; what a format needs to write is loaded when it writes.
"""

from monoprint.report.html import HtmlReport
from monoprint.report.interface import ReportFormat
from monoprint.report.json import JsonReport
from monoprint.report.tables import TableReport

FORMATS: tuple[ReportFormat, ...] = (JsonReport(), TableReport(), HtmlReport())

__all__ = ["FORMATS", "HtmlReport", "JsonReport", "TableReport"]
