import psycopg
import pytest
import redis

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_migrated_database_without_the_rows_of_others(database: str, turn: int) -> None:
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM clients").fetchone() == (0,)
        connection.execute("CREATE TABLE mine AS SELECT %s AS turn", [turn])


def test_an_empty_database_has_no_tables(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('clients')").fetchone() == (None,)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_redis_without_the_keys_of_others(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("mine", turn)
