"""What is mutated has tests of its own."""

from tests.mutants import ROOT, is_annotation, modules, own_tests


def test_every_module_that_is_mutated_has_tests_of_its_own():
    for path in modules():
        own, folder = own_tests(str(path.relative_to(ROOT)))
        assert own[0] == str(path.relative_to(ROOT))
        assert all((ROOT / name).exists() for name in (*own, *folder))
        assert any((ROOT / folder[0]).rglob("test_*.py"))


class Node:
    """As parso's: a type, what is above, what is below."""

    def __init__(self, kind, *children):
        self.type, self.children, self.parent = kind, children, None
        for child in children:
            child.parent = self


def test_annotations_are_told_from_values():
    colon, annotation, equals, value, inner = (Node("leaf") for _ in range(5))
    whole = Node("annassign", colon, Node("expr", annotation), equals, value)
    assert [is_annotation(node) for node in (annotation, value, whole, Node("tfpdef", inner), inner)] == [
        True,
        False,
        False,
        False,
        True,
    ]
