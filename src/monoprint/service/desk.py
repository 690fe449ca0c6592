"""What the desk's pages work with."""

from dataclasses import dataclass

from monoprint.catalog.store import Catalog
from monoprint.pipeline.pictures import Pictures
from monoprint.pipeline.workers import Workers


@dataclass(frozen=True, slots=True)
class Desk:
    """A catalog, the workers that read its files, and the port that the desk listens on."""

    catalog: Catalog
    workers: Workers
    pictures: Pictures
    port: int
