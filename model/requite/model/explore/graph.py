"""Strongly connected components, by Tarjan's algorithm without recursion.

Decides nothing about sessions (Tarjan, Depth-first search and linear graph algorithms, 1972).
"""

from collections.abc import Iterator, Mapping, Sequence

__all__ = ("components",)


def components(graph: Mapping[int, Sequence[int]]) -> Iterator[set[int]]:
    """Yield the strongly connected components of a graph; what a node leads to is in the graph."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    for root in graph:
        if root in number:
            continue
        todo: list[tuple[int, Iterator[int]]] = [(root, iter(graph[root]))]
        number[root] = low[root] = len(number)
        path.append(root)
        on_path.add(root)
        while todo:
            node, following = todo[-1]
            for after in following:
                if after not in number:
                    number[after] = low[after] = len(number)
                    path.append(after)
                    on_path.add(after)
                    todo.append((after, iter(graph[after])))
                    break
                if after in on_path:
                    low[node] = min(low[node], number[after])
            else:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[node])
                if low[node] == number[node]:
                    part: set[int] = set()
                    while node not in part:
                        part.add(path.pop())
                    on_path -= part
                    yield part
