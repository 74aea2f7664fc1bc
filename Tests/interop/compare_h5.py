"""Holds one HDF5 file against another as strictly as the library lets one look.

    python compare_h5.py a.h5 b.h5

Stricter than h5diff: also link kinds, empty groups, exact types (size, byte order, character set
and padding of strings, fixed or variable length), extents, storage, filters, and values bit for
bit, NaN included. Prints one line for each difference; exits with 1 if there is one. Needs h5py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np


def differences(one: str, other: str) -> list[str]:
    """What tells the two files apart, a line each."""
    with h5py.File(one, "r") as a, h5py.File(other, "r") as b:
        return list(compare_groups("/", a["/"], b["/"]))


def compare_groups(path: str, a: h5py.Group, b: h5py.Group) -> Iterator[str]:
    yield from compare_attributes(path, a, b)
    yield from compare_property(path, "order of creation", a, b, group_order)
    names, others = set(a), set(b)
    yield from (f"{path}: only the first has '{name}'" for name in sorted(names - others))
    yield from (f"{path}: only the second has '{name}'" for name in sorted(others - names))
    for name in sorted(names & others):
        yield from compare_members(path, name, a, b)


def group_order(group: h5py.Group) -> int:
    return group.id.get_create_plist().get_link_creation_order()


def compare_members(path: str, name: str, a: h5py.Group, b: h5py.Group) -> Iterator[str]:
    inner = path.rstrip("/") + "/" + name
    links = [group.get(name, getlink=True) for group in (a, b)]
    if type(links[0]) is not type(links[1]):
        yield f"{inner}: {type(links[0]).__name__} and {type(links[1]).__name__}"
    elif not isinstance(links[0], h5py.HardLink):
        if vars(links[0]) != vars(links[1]):
            yield f"{inner}: links lead to {vars(links[0])} and {vars(links[1])}"
    elif type(a[name]) is not type(b[name]):
        yield f"{inner}: {type(a[name]).__name__} and {type(b[name]).__name__}"
    elif isinstance(a[name], h5py.Group):
        yield from compare_groups(inner, a[name], b[name])
    elif isinstance(a[name], h5py.Dataset):
        yield from compare_datasets(inner, a[name], b[name])
    else:
        yield f"{inner}: neither a group nor a dataset"


def compare_datasets(path: str, a: h5py.Dataset, b: h5py.Dataset) -> Iterator[str]:
    yield from compare_attributes(path, a, b)
    yield from compare_values(path, a.id, b.id)
    yield from compare_property(path, "storage", a, b, storage)


def storage(dataset: h5py.Dataset) -> dict[str, Any]:
    """Layout and filters as they were asked for when the dataset was made."""
    plist = dataset.id.get_create_plist()
    return {
        "layout": plist.get_layout(),
        "chunk": dataset.chunks,
        "filters": [plist.get_filter(i)[:3] for i in range(plist.get_nfilters())],
        "fill": plist.fill_value_defined(),
    }


def compare_attributes(path: str, a: Any, b: Any) -> Iterator[str]:
    names, others = set(a.attrs), set(b.attrs)
    yield from (f"{path}: only the first has attribute '{n}'" for n in sorted(names - others))
    yield from (f"{path}: only the second has attribute '{n}'" for n in sorted(others - names))
    for name in sorted(names & others):
        one, other = a.attrs.get_id(name), b.attrs.get_id(name)
        yield from compare_values(f"{path}@{name}", one, other)


def compare_values(path: str, a: Any, b: Any) -> Iterator[str]:
    """Type, extent and value of two attributes or two datasets, given their identifiers."""
    types, spaces = (a.get_type(), b.get_type()), (a.get_space(), b.get_space())
    # The library calls two strings of variable length equal whatever their character sets.
    if not types[0].equal(types[1]) or describe(types[0]) != describe(types[1]):
        yield f"{path}: type is {describe(types[0])} and {describe(types[1])}"
        return
    extents = [(s.get_simple_extent_type(), *extent(s)) for s in spaces]
    if extents[0] != extents[1]:
        yield f"{path}: extent is {extents[0]} and {extents[1]}"
        return
    if read(a) != read(b):
        yield f"{path}: values differ"


def extent(space: h5py.h5s.SpaceID) -> tuple[Any, ...]:
    if space.get_simple_extent_type() != h5py.h5s.SIMPLE:
        return ((), ())
    return space.get_simple_extent_dims(), space.get_simple_extent_dims(True)


def read(item: Any) -> Any:
    """The value as bytes, or as a list of bytes where the elements' lengths vary."""
    kind = item.get_type()
    space = item.get_space()
    if space.get_simple_extent_type() == h5py.h5s.NULL or not space.get_simple_extent_npoints():
        return b""
    array = np.empty(space.shape, dtype=kind.dtype)
    # As stored, without conversion; but variable lengths come as Python objects.
    as_stored = None if array.dtype.kind == "O" else kind
    if isinstance(item, h5py.h5a.AttrID):
        item.read(array, mtype=as_stored)
    else:
        item.read(h5py.h5s.ALL, h5py.h5s.ALL, array, mtype=as_stored)
    if array.dtype.kind == "O":
        return [bytes(value) if value is not None else None for value in array.reshape(-1)]
    return array.tobytes()


def describe(kind: h5py.h5t.TypeID) -> str:
    if isinstance(kind, h5py.h5t.TypeStringID):
        length = "variable" if kind.is_variable_str() else f"{kind.get_size()} bytes"
        charset = {h5py.h5t.CSET_ASCII: "ASCII", h5py.h5t.CSET_UTF8: "UTF-8"}[kind.get_cset()]
        return f"string ({length}, {charset}, padding {kind.get_strpad()})"
    return f"{type(kind).__name__} of {kind.get_size()} bytes ({kind.dtype})"


def compare_property(path: str, what: str, a: Any, b: Any, get: Any) -> Iterator[str]:
    one, other = get(a), get(b)
    if one != other:
        yield f"{path}: {what} is {one} and {other}"


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: compare_h5.py one.h5 other.h5")
    found = differences(sys.argv[1], sys.argv[2])
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
