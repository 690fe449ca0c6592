"""Connected components against flooding from each node."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.kernels import reference
from monoprint.kernels.components import components


def edges_of(pairs):
    return np.array(pairs, np.uint32).reshape(-1, 2)


@st.composite
def graphs(draw):
    """Graphs from without an edge to one lump, with loops and repeated edges among them."""
    nodes = draw(st.integers(1, 60))
    node = st.integers(0, nodes - 1)
    return nodes, edges_of(draw(st.lists(st.tuples(node, node), max_size=2 * nodes)))


@settings(max_examples=200, deadline=None)
@given(graph=graphs())
def test_components_agree_with_the_reference(graph):
    answer = components(*graph)
    assert answer.dtype == np.uint32
    np.testing.assert_array_equal(answer, reference.components(*graph))


@settings(max_examples=50, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 2**32 - 1))
def test_the_order_and_direction_of_edges_do_not_matter(graph, seed):
    nodes, edges = graph
    rng = np.random.default_rng(seed)
    other = rng.permuted(rng.permutation(edges), axis=1)
    np.testing.assert_array_equal(components(nodes, edges), components(nodes, other))


def test_the_reference_names_the_least_node():
    answer = reference.components(6, edges_of([(5, 3), (3, 1), (4, 2)]))
    assert answer.tolist() == [0, 1, 2, 1, 2, 1]


@pytest.mark.parametrize("step", [1, -1])
def test_a_long_chain_is_one_component(step):
    nodes = 50_000
    chain = np.arange(nodes, dtype=np.uint32)[::step]
    assert not components(nodes, np.stack([chain[:-1], chain[1:]], axis=1)).any()


def test_without_edges_every_node_is_its_own():
    assert components(3, edges_of([])).tolist() == [0, 1, 2]
    assert components(3, np.empty((0, 2), np.uint32)).tolist() == [0, 1, 2]


def test_no_nodes():
    answer = components(0, edges_of([]))
    assert (answer.shape, answer.dtype) == ((0,), np.uint32)


def test_the_edges_are_left_as_they_were():
    edges = edges_of([(2, 1), (1, 0)])
    components(3, edges)
    assert edges.tolist() == [[2, 1], [1, 0]]


@pytest.mark.parametrize(("nodes", "edge"), [(3, (0, 3)), (3, (7, 1)), (0, (0, 0))])
def test_an_edge_out_of_range_is_refused(nodes, edge):
    with pytest.raises(ValueError, match=f"an edge names node {max(edge)} of {nodes}"):
        components(nodes, edges_of([(0, 0), edge]))
