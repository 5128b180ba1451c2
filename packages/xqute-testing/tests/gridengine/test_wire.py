"""Values arrive whole over a socket."""

from xqute_testing.gridengine._wire import Unpacker, pack


def test_values_come_whole_however_they_arrive():
    data = pack(["a", {"b": 1}]) + pack("c\udcff")
    for size in (1, 3, len(data)):
        unpacker = Unpacker()
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        assert [value for part in parts for value in unpacker.feed(part)] == [
            ["a", {"b": 1}],
            "c\udcff",
        ]
