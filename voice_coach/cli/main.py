"""The command line: its commands, their order, and what every command does at its beginning and end."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, NoReturn

import click

from voice_coach import __version__, set_up_again
from voice_coach.cli.hearing_commands import commands, devices, hear, understand, wyoming
from voice_coach.cli.history_commands import history
from voice_coach.cli.log import finish_log, keep_log, keep_terminal_safe, log_path, take_any_text, tell
from voice_coach.cli.mirror_commands import page
from voice_coach.cli.model_commands import fetch_model, voices
from voice_coach.cli.options import UsageSentence
from voice_coach.cli.practice_commands import demo, rehearse, tune
from voice_coach.cli.routine_commands import routine
from voice_coach.cli.service_commands import doctor, service
from voice_coach.cli.start_command import start
from voice_coach.cli.streams import StandardOutput, take_standard_streams
from voice_coach.errors import CoachError, ContentError, RecordingError, SettingsError, did_you_mean
from voice_coach.interruption import interrupt_on_signals

if TYPE_CHECKING:
    from collections.abc import Sequence


_VARIABLE = "_VOICE_COACH_COMPLETE"


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands and options with Tab.

    \b
    bash:  voice-coach completion bash >> ~/.bashrc
    zsh:   voice-coach completion zsh >> ~/.zshrc
    fish:  voice-coach completion fish > ~/.config/fish/completions/voice-coach.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        message = f"click completes no {shell}; choose bash, zsh or fish."
        raise click.UsageError(message)
    click.echo(kind(context.find_root().command, {}, "voice-coach", _VARIABLE).source())


_log = logging.getLogger(__name__)
_NAME = "voice-coach"
_INPUT_ERRORS = (SettingsError, ContentError, RecordingError)
_USAGE_STATUS = 2
_INTERRUPTED_STATUS = 130


class _Commands(click.Group):
    """A group that knows what was probably meant, and lists its commands in the order of need."""

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        command = super().get_command(context, name)
        if command is None and not context.resilient_parsing:
            remedy = did_you_mean(name, self.commands) or f"the commands are {', '.join(self.commands)}."
            message = f'there is no command "{name}"; {remedy}'
            raise UsageSentence(message, context)
        return command

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(self.commands)

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help, with the commands in their groups: 80 columns and 24 lines, the next prompt included."""
        lines = [f"Usage: {context.command_path} COMMAND [OPTIONS]", self.help or ""]
        widest = max(map(len, self.commands))
        for title, group in _GROUPS.items():
            lines.append(f"{title}:")
            lines += [f"  {command.name:{widest}}  {command.short_help}" for command in group]
        formatter.write("\n".join([*lines, _HELP_END, ""]))


_GROUPS = {
    "Every day": (start, demo, commands, history, page),
    "Make it yours": (voices, tune, routine, rehearse, wyoming),
    "Look after it": (doctor, devices, service, fetch_model, completion, hear, understand),
}
"""The commands in the order of need, under the titles of the help."""
_HELP_END = "Each explains itself, with examples: voice-coach start --help. Also: --version."


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, name=_NAME
)
@click.version_option(__version__, prog_name=_NAME, message="%(prog)s %(version)s")
def command_line() -> None:
    """A voice coach for facial masks: it speaks, it listens, your hands stay free."""


for _command in chain.from_iterable(_GROUPS.values()):
    command_line.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 when all went well, 2 for wrong input, 1 for other faults.

    Args:
        arguments: Those of the command line; None takes the process's own.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    output = take_standard_streams()
    keep_log()
    take_any_text()
    keep_terminal_safe()
    interrupt_on_signals()
    _leave(_finished(run(given or ["--help"], output), output))


def _leave(status: int) -> NoReturn:
    """Exit, at once if a thread is still busy: one that is loading a recogniser would abort the interpreter's end."""
    finish_log()
    if threading.active_count() > 1:
        for stream in (sys.__stdout__, sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                if stream is not None:
                    stream.flush()
        os._exit(status)
    sys.exit(status)


def _finished(status: int, output: StandardOutput) -> int:
    """Not 0 when not all that was written has arrived, which often shows at the last byte only."""
    if output.finish():
        return status
    return _complain(output.complaint, status or 1) if output.complaint else status or 1


def run(arguments: Sequence[str], output: StandardOutput) -> int:
    """Run one command and return the exit status. Whatever goes wrong becomes one sentence on standard error.

    Args:
        arguments: Those after the program's name.
        output: What knows that a failure is one of standard output, of which `main` itself complains.
    """
    try:
        _demand_text(arguments)
        status = command_line.main(list(arguments), prog_name=_NAME, standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED_STATUS
    except SystemExit as leaving:  # a signal, or nobody reads what we write
        return leaving.code if isinstance(leaving.code, int) else 1
    except click.ClickException as error:
        return _answer_usage(error)
    except CoachError as error:
        return _complain(str(error), _USAGE_STATUS if isinstance(error, _INPUT_ERRORS) else 1)
    except Exception as error:  # noqa: BLE001 - the last resort: a person gets a sentence, the log the details
        return 1 if error is output.failure else _unexpected(error)
    return status if isinstance(status, int) else 0


def _answer_usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):  # a group alone: its help is what was wanted
        click.echo(error.format_message())
        return 0
    return _complain(_sentence(error), _USAGE_STATUS)


def _unexpected(error: Exception) -> int:
    _log.exception("unexpected")
    finish_log()  # then it is known where it is
    if isinstance(error, ImportError):
        return _complain(f"a Python package cannot be loaded ({error}): run {set_up_again()}.", 1)
    return _complain(f"Something unexpected went wrong: please report it with the end of {log_path()}.", 1)


def _demand_text(arguments: Sequence[str]) -> None:
    """No operating system passes a NUL on, but who calls `main` may."""
    if any("\0" in argument for argument in arguments):
        message = "a command line cannot contain NUL characters: leave them out."
        raise UsageSentence(message)


def _sentence(error: click.ClickException) -> str:
    """Our own mistakes are whole sentences; click's are told where the help is."""
    message = error.format_message()
    if isinstance(error, UsageSentence):
        return message
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message.rstrip('.')}; see `{context.command_path if context else _NAME} --help`."


def _complain(sentence: str, status: int) -> int:
    tell(sentence)
    return status
