"""The table of who may do what, as far as no edge is needed for it."""

import pytest

from bot.core.access import ACCESS, MAIN_ONLY, OnlyInMain, Proof, Role, Unclassified, check, needed
from bot.core.errors import NotAllowed


def test_each_role_may_do_what_those_before_may() -> None:
    assert list(Role) == sorted(Role)
    for act, wanted in ACCESS.items():
        for role in Role:
            refused = isinstance(wanted, Role) and role < wanted
            if refused:
                with pytest.raises(NotAllowed, match=r"^Only [^.]*(\. [^.]*)?\.$"):
                    check(role, act)
            else:
                check(role, act)


def test_in_another_workspace_nobody_steers_the_desk_as_a_whole() -> None:
    assert all(isinstance(ACCESS[act], Role) for act in MAIN_ONLY)
    for act in ACCESS:
        if act in MAIN_ONLY:
            with pytest.raises(OnlyInMain, match=r"^Only people of the main workspace"):
                check(Role.OWNER, act, main=False)
        else:
            check(Role.OWNER, act, main=False)


def test_what_nobody_has_classified_nobody_may_do() -> None:
    with pytest.raises(Unclassified, match="does not know who may do this"):
        check(Role.OWNER, "button new")


def test_files_of_a_folder_share_a_line() -> None:
    assert needed("GET /chat/static/new.js") is Proof.OPEN
