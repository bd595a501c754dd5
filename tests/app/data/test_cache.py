from __future__ import annotations

from pathlib import Path

from app.data.cache import MartCache
from tests.app.small_marts import ACME, publish_all, publish_mart
from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.marts import Marts


def test_what_was_built_is_kept_for_its_scope_and_version(tmp_path: Path) -> None:
    publish_all(tmp_path)
    marts, cache, built = Marts(tmp_path), MartCache(), []

    def read(scope: Scope, part: str = "rows") -> int:
        with marts.open(scope) as mart:
            return cache.get(mart, part, build=lambda: built.append((scope, part)) or len(built))

    assert [read(ALL_CLIENTS), read(ALL_CLIENTS)] == [1, 1]
    assert read(Scope.of(ACME)) == 2  # another scope is another answer
    assert read(ALL_CLIENTS, "totals") == 3
    publish_mart(tmp_path, ALL_CLIENTS)
    assert read(ALL_CLIENTS) == 4  # and so is another version
    marts.close()


def test_the_least_used_goes_first(tmp_path: Path) -> None:
    publish_mart(tmp_path, ALL_CLIENTS)
    marts, cache = Marts(tmp_path), MartCache(size=2)
    with marts.open(ALL_CLIENTS) as mart:
        for part in ("a", "b", "a", "c"):
            cache.get(mart, part, build=lambda part=part: part)
        assert cache.get(mart, "a", build=lambda: "built again") == "a"
        assert cache.get(mart, "b", build=lambda: "built again") == "built again"
    marts.close()
