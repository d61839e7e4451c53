"""The deep merge, held against results of lodash itself; `vectors/lodash_merge.json` was written by lodash 4.17.21."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain.deep_merge import MAX_DEPTH, MAX_ITEMS, Unmergeable, deep_merge

VECTORS = json.loads((Path(__file__).parent / "vectors" / "lodash_merge.json").read_text(encoding="utf-8"))["cases"]
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
KEYS = st.sampled_from(["a", "b", "0", "2", "01", "length", "__proto__"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


def test_every_pair_is_merged_as_lodash_merges_it():
    differing = []
    for case in VECTORS:
        try:
            merged = {"merged": deep_merge(case["base"], case["delta"])}
        except Unmergeable:
            merged = {"error": True}
        expected = {key: case[key] for key in ("merged", "error") if key in case}
        if json.dumps(merged, sort_keys=True) != json.dumps(expected, sort_keys=True):
            differing.append((case, merged))

    assert len(VECTORS) > 1000
    assert differing == []


@given(base=VALUES, delta=VALUES)
def test_neither_side_is_changed_and_nothing_but_unmergeable_is_raised(base, delta):
    before = copy.deepcopy((base, delta))
    try:
        merged = deep_merge(base, delta)
    except Unmergeable:
        merged = None
    assert (base, delta) == before
    json.dumps(merged)


@pytest.mark.parametrize(
    ("base", "delta"),
    [
        ([], {"4294967294": 1}),
        ([], {"length": 4294967295}),
        ({"length": 9007199254740991}, [1]),
        ({"a": [1]}, {"a": {str(MAX_ITEMS + 1): 1}}),
    ],
)
def test_a_huge_index_or_length_is_refused_before_anything_is_filled(base, delta):
    with pytest.raises(Unmergeable):
        deep_merge(base, delta)


def test_an_array_may_grow_by_a_bounded_number_of_items():
    assert deep_merge([7], {str(MAX_ITEMS): 1})[-1] == 1
    assert len(deep_merge(["old"] * 3 * MAX_ITEMS, {"0": "new"})) == 3 * MAX_ITEMS


def test_a_value_nested_too_deeply_is_refused_and_not_a_crash():
    deep: list = []
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]

    with pytest.raises(Unmergeable, match="64 levels"):
        deep_merge({}, {"a": deep})
    with pytest.raises(Unmergeable):
        deep_merge(deep, deep)
