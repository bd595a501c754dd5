"""`python -m workbench.embedded.fake_redis PORT`: a stand-in for Redis on loopback, where no real one can be had.

It keeps nothing over a restart and asks for no password. Only `EmbeddedRedis` starts it, as the last resort.
"""

from __future__ import annotations

import sys

from fakeredis import TcpFakeServer

from workbench.embedded.home import LOOPBACK


def serve(port: int) -> None:
    """Serve on loopback until ended by a signal."""
    with TcpFakeServer((LOOPBACK, port)) as server:
        server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
