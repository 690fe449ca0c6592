"""People, their tokens, plans and who approved them, as they are kept in the catalog."""

import json

from sqlalchemy import delete, insert, select, update

from monoprint.catalog import schema
from monoprint.catalog.store import Catalog
from monoprint.model.history import canonical
from monoprint.model.review import Duty, Person, PlanRecord

_person, _token, _plan, _approval = schema.person, schema.token, schema.plan, schema.approval


class People:
    """The people of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def put(self, person: Person) -> None:
        """Enter somebody, or change their duty and whether they are active."""
        values = {"duty": person.duty, "active": person.active}
        with self._catalog.writing() as connection:
            done = connection.execute(
                update(_person).where(_person.c.name == person.name).values(values)
            )
            if not done.rowcount:
                connection.execute(insert(_person).values(name=person.name, **values))

    def all(self) -> list[Person]:
        """Return everybody by name."""
        with self._catalog.reading() as connection:
            rows = connection.execute(select(_person).order_by(_person.c.name)).all()
        return [Person(row.name, Duty(row.duty), row.active) for row in rows]

    def give(self, digest: bytes, name: str, purpose: str, expires: int, now: int) -> None:
        """Enter a token by its digest, and drop those that have expired."""
        with self._catalog.writing() as connection:
            connection.execute(delete(_token).where(_token.c.expires < now))
            connection.execute(
                insert(_token).values(digest=digest, person=name, purpose=purpose, expires=expires)
            )

    def redeem(self, digest: bytes, purpose: str, now: int) -> str | None:
        """Use a token up; return whose it is, or None if it is not (or no longer) good."""
        name = self.holder(digest, purpose, now)
        with self._catalog.writing() as connection:
            done = connection.execute(
                delete(_token).where(_token.c.digest == digest, _token.c.purpose == purpose)
            )
        return name if done.rowcount else None  # of two at once only one takes it away

    def holder(self, digest: bytes, purpose: str, now: int) -> str | None:
        """Return whose token it is, or None if it is not good."""
        with self._catalog.reading() as connection:
            return connection.scalar(
                select(_token.c.person).where(
                    _token.c.digest == digest,
                    _token.c.purpose == purpose,
                    _token.c.expires >= now,
                )
            )

    def forget(self, name: str) -> None:
        """Make all of somebody's tokens void."""
        with self._catalog.writing() as connection:
            connection.execute(delete(_token).where(_token.c.person == name))


class Plans:
    """The plans that a catalog knows of."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def add(self, plan: PlanRecord) -> None:
        """Enter a plan; one that is known has its place noted anew."""
        with self._catalog.writing() as connection:
            done = connection.execute(
                update(_plan).where(_plan.c.digest == plan.digest).values(place=plan.place)
            )
            if not done.rowcount:
                connection.execute(
                    insert(_plan).values(
                        digest=plan.digest, place=plan.place, author=plan.author,
                        made_at=plan.made_at, summary=canonical(plan.summary),
                    )
                )  # fmt: skip

    def all(self) -> list[PlanRecord]:
        """Return the plans, the newest first, with who approved them at the desk."""
        with self._catalog.reading() as connection:
            rows = connection.execute(
                select(_plan).order_by(_plan.c.made_at.desc(), _plan.c.digest)
            ).all()
            approvals = connection.execute(
                select(_approval.c.plan, _approval.c.person).order_by(_approval.c.seq)
            ).all()
        by: dict[bytes, list[str]] = {}
        for digest, name in approvals:
            by.setdefault(bytes(digest), []).append(name)
        return [
            PlanRecord(
                bytes(row.digest), row.place, row.author, row.made_at, json.loads(row.summary),
                tuple(by.get(bytes(row.digest), ())),
            )
            for row in rows
        ]  # fmt: skip

    def get(self, digest: bytes) -> PlanRecord | None:
        """Return one plan, or None."""
        return next((plan for plan in self.all() if plan.digest == digest), None)

    def approve(self, digest: bytes, name: str, seq: int) -> None:
        """Note that somebody approved a plan, once."""
        with self._catalog.writing() as connection:
            known = connection.scalar(
                select(_approval.c.seq).where(
                    _approval.c.plan == digest, _approval.c.person == name
                )
            )
            if known is None:
                connection.execute(insert(_approval).values(plan=digest, person=name, seq=seq))
