from __future__ import annotations

from pathlib import Path

import panel as pn
import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc

from app.auth.identity import SignInNeeded, User, page_user
from tests.app.serving import PAGE, serving
from tests.app.small_marts import ACME
from workbench.domain.scope import Scope

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def test_a_page_knows_its_user_until_the_sign_in_ends(database: str, redis_url: str, tmp_path: Path) -> None:
    built: list[tuple[Document, User]] = []

    def page() -> pn.viewable.Viewable:
        built.append((pn.state.curdoc, page_user()))
        return pn.pane.Markdown("a page")

    with serving(database, redis_url, tmp_path, page=page) as served:
        alice = served.signed_in("alice")
        assert alice.get(PAGE).status_code == 200
        document, user = built[0]
        assert (user.username, user.display_name, user.role) == ("alice", "Alice", "FINANCE")
        assert user.scope == Scope.of(ACME)
        with set_curdoc(document):
            assert page_user() == user
        alice.post("/auth/logout")
        with set_curdoc(document), pytest.raises(SignInNeeded):
            page_user()


def test_outside_a_page_nobody_is_the_user() -> None:
    with pytest.raises(SignInNeeded):
        page_user()
