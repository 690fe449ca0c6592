"""Every error that Monoprint raises on purpose: what happened, what to do, how the program ends."""


class MonoprintError(Exception):
    """The root of the tree: a sentence that says what happened, and one that says what to do."""

    exit_code = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class UsageError(MonoprintError):
    """The command or call cannot mean anything: wrong names, stores inside each other."""

    exit_code = 2


class StoreError(MonoprintError):
    """A whole store cannot be listed."""

    exit_code = 3


class CatalogError(MonoprintError):
    """The catalog cannot be opened, read or written."""

    exit_code = 4


class CatalogBusy(CatalogError):
    """Another scan holds the catalog."""

    exit_code = 5


class ReportError(MonoprintError):
    """The report cannot be written."""

    exit_code = 6


class KernelError(MonoprintError):
    """A kernel that was asked for cannot run, or its answer would not fit this machine."""

    exit_code = 7


class TooManyPairs(KernelError):
    """A join has more pairs than can be held."""


class MissingExtra(MonoprintError):
    """A feature was asked for whose optional packages are not installed."""

    exit_code = 8


class SelftestFailed(MonoprintError):
    """This machine computes other fingerprints than the published vectors."""

    exit_code = 9


class UnreadFiles(MonoprintError):
    """Files could not be read, and that matters: `--strict`, or the two files to explain."""

    exit_code = 10


class Changed(MonoprintError):
    """What was to be decided has changed since it was looked at; nothing was decided."""

    exit_code = 11


class UnknownGroup(MonoprintError):
    """A group, decision or person that was named is not in the catalog."""

    exit_code = 12


class NotAllowed(MonoprintError):
    """Somebody asked for what is not theirs to do, or without showing who they are."""

    exit_code = 13


class PlanError(MonoprintError):
    """A plan cannot be read, was changed, is not approved, or its journal is not whole."""

    exit_code = 14


class RulesError(MonoprintError):
    """A file of rules or authorities says something that cannot be understood."""

    exit_code = 15


class StepsSkipped(MonoprintError):
    """A plan was carried out, and some of its steps were skipped, each with a reason."""

    exit_code = 16


class HistoryBroken(MonoprintError):
    """The history was changed: a row was altered, removed or put elsewhere."""

    exit_code = 17


class Unread(MonoprintError):
    """One file ended without a picture; the run goes on and the file bears this status."""

    status = "unreadable"


class Unreadable(Unread):
    """The file claims to be a picture, or could not be read at all, and is broken."""


class Unsupported(Unread):
    """The file is whole for all we know, and not a raster picture that is read here."""

    status = "unsupported"


class Refused(Unread):
    """The file was not read on purpose: a limit or a rule, which the message names."""

    status = "refused"


class TooLarge(Refused):
    """The file is larger than what is held in memory, and no other limit is passed."""
