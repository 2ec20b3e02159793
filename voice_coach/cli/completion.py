"""`voice-coach completion`: the script that teaches a shell to complete our command line."""

from __future__ import annotations

import click

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
