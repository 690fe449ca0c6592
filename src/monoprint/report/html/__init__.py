"""The report for people: one page that opens offline and shows what was found."""

from monoprint.report.html.page import HtmlReport

__all__ = ["HtmlReport"]
