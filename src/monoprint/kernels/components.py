"""Connected components by union-find."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit("void(uint32[::1], uint32[:, ::1])", cache=True, nogil=True)
def _unite(parent: NDArray[np.uint32], edges: NDArray[np.uint32]) -> None:
    for k in range(edges.shape[0]):
        a, b = edges[k, 0], edges[k, 1]
        while parent[a] != a:
            parent[a] = parent[parent[a]]  # path halving keeps later walks short
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a < b:
            parent[b] = a
        elif b < a:
            parent[a] = b
    for node in range(parent.shape[0]):  # a parent is never above its child, so one pass settles
        parent[node] = parent[parent[node]]


def components(nodes: int, edges: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return for each node the least node that it is connected with.

    Takes edges as uint32 (M, 2), gives uint32 (nodes,). Raises ValueError for an edge to a node
    that is not there. Union-find with path halving: Tarjan and van Leeuwen, "Worst-Case Analysis
    of Set Union Algorithms", J. ACM 31 (1984).
    """
    if edges.size and int(edges.max()) >= nodes:
        raise ValueError(f"an edge names node {int(edges.max())} of {nodes}")
    parent = np.arange(nodes, dtype=np.uint32)
    _unite(parent, np.ascontiguousarray(edges, dtype=np.uint32).reshape(-1, 2))
    return parent
