"""Completion: a script for each shell, and what it asks the command for."""

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(start, shell):
    result = start("completion", shell)
    assert (result.code, f"_KVAUDIT_COMPLETE={shell}_complete" in result.out) == (0, True)


def test_another_shell_is_refused(run):
    assert run("completion", "csh").code == 2


def test_the_script_is_answered(start):
    words = {"_KVAUDIT_COMPLETE": "bash_complete", "COMP_WORDS": "kvaudit wai", "COMP_CWORD": "1"}
    result = start(env=words)
    assert (result.code, result.out) == (0, "plain,waivers\n")


def test_a_group_by_its_name_alone_answers_with_its_help(run):
    result = run("waivers")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Usage: kvaudit waivers")
    assert "\\x0a" not in result.err
