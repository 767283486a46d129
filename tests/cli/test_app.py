"""The command itself: quick to answer, and every error ends in words and the right exit code."""

import subprocess
import sys
import types

import click
import pytest

from kvaudit import __version__
from kvaudit.cli import app, options
from kvaudit.cli.session import Session
from kvaudit.errors import InputError, LoginError
from tests.cli.conftest import clean_environment


def test_version(run):
    assert run("--version") == (0, f"kvaudit {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--version"], ["-h"], ["frobnicate"]])
def test_a_quick_answer_imports_nothing_heavy(arguments):
    code = (
        "import sys; from kvaudit.cli.app import main; main(sys.argv[1:]);"
        "heavy = {'jsonschema', 'lark', 'msgspec', 'rich', 'yaml'};"
        "heavy |= {'kvaudit.sources', 'kvaudit.access', 'kvaudit.audit'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=clean_environment(), check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_every_command(run, option):
    result = run(option)
    assert result.code == 0
    for name in app.SUBCOMMANDS:
        assert f"\n  {name} " in result.out


def test_a_command_without_arguments_says_what_there_is(run):
    result = run()
    assert result.code == 2
    assert "scan" in result.out + result.err


def test_a_near_command_is_suggested(run):
    result = run("scam")
    assert result.code == 2
    assert result.err == "error: There is no command 'scam'. Did you mean scan?\nhint: kvaudit -h tells more.\n"


@pytest.mark.parametrize("name", app.SUBCOMMANDS)
def test_every_command_loads_and_has_help(run, name):
    result = run(name, "-h")
    assert result.code == 0
    assert result.out.startswith(f"Usage: kvaudit {name}")


def walk(command, path=()):
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*path, name))


def test_every_option_has_an_environment_variable_of_its_name():
    for path, command in walk(app.app):
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name not in {"help", "version"}:
                long = next(name for name in parameter.opts if name.startswith("--"))
                assert parameter.envvar == "KVAUDIT_" + long[2:].replace("-", "_").upper(), path
                assert parameter.help, path


@pytest.fixture
def boom(monkeypatch):
    """A command that ends as told."""

    def install(error):
        @click.command()
        @options.debugging
        @click.pass_obj
        def boom(session: Session):
            del session
            raise error

        module = types.ModuleType("kvaudit.cli.boom")
        module.boom = boom
        monkeypatch.setitem(sys.modules, "kvaudit.cli.boom", module)
        monkeypatch.setitem(app.SUBCOMMANDS, "boom", app.Subcommand("boom", "Fails."))

    return install


def test_an_error_of_the_user_says_where_and_what_next(run, boom):
    boom(InputError("is no JSON", where="a.json:3:7", hint="Export it again."))
    assert run("boom") == (2, "", "error: a.json:3:7: is no JSON\nhint: Export it again.\n")


def test_a_name_in_an_error_cannot_write_on_the_terminal(run, boom):
    boom(InputError("is no JSON", where="evil\x1b[2J\u202e\n.json"))
    assert run("boom").err == "error: evil\\x1b[2J\\u202e\\x0a.json: is no JSON\n"


@pytest.fixture
def refused():
    error = LoginError("cannot sign in", "AADSTS1:\n evil\x1b[2J", "az login")
    error.__cause__ = ValueError("az login: AADSTS1:\nevil\x1b[2J")
    return error


def test_a_login_that_fails_is_three_lines(run, boom, refused):
    boom(refused)
    assert run("boom") == (2, "", "error: cannot sign in\nhint: AADSTS1: evil\\x1b[2J\nhint: az login\n")


def test_what_is_behind_an_error_is_there_for_the_asking(run, boom, refused):
    boom(refused)
    result = run("boom", "--debug")
    assert result.code == 2
    assert result.err.splitlines()[:2] == ["az login: AADSTS1:", "evil\\x1b[2J"]
    assert result.err.endswith("error: cannot sign in\nhint: AADSTS1: evil\\x1b[2J\nhint: az login\n")


def test_an_internal_error_is_owned_up_to(run, boom):
    boom(ZeroDivisionError("division by zero"))
    result = run("boom")
    assert result.code == 4
    assert result.err.startswith("error: internal error: ZeroDivisionError: division by zero\n")
    assert "fault of kvaudit" in result.err
    assert "Traceback" not in result.err


def test_the_traceback_is_there_for_the_asking(run, boom):
    boom(ZeroDivisionError("division by zero"))
    result = run("boom", "--debug")
    assert result.code == 4
    assert "Traceback (most recent call last)" in result.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_130(run, boom, error):
    boom(error)
    result = run("boom")
    assert (result.code, result.out) == (130, "")
    assert result.err.strip() == "error: interrupted"


def test_an_unknown_option_is_a_usage_error(run):
    result = run("scan", "--frob")
    assert result.code == 2
    assert result.err.startswith("error: No such option")
    assert "kvaudit scan -h" in result.err
