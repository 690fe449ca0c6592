"""The report's words: nothing that can be found is without one."""

from monoprint.model.finding import Waste
from monoprint.model.match import Relation
from monoprint.report.words import RELATION_MEANINGS, RELATION_WORDS, WASTE_WORDS


def test_every_relation_and_every_kind_of_waste_has_words():
    assert set(RELATION_WORDS) == set(RELATION_MEANINGS) == set(Relation)
    assert set(WASTE_WORDS) == set(Waste) - {Waste.NONE}
    assert all(WASTE_WORDS.values())
