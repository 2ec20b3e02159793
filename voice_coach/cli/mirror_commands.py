"""`voice-coach page`, and the mirror that `start` opens."""

from __future__ import annotations

import json
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from voice_coach.cli.options import UsageSentence, setting
from voice_coach.errors import FaceError, did_you_mean
from voice_coach.face.base import NO_NOTICE, Notice, load_texts
from voice_coach.memory.settings import PAGE_PORT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from voice_coach.language.pack import LanguagePack
    from voice_coach.memory.settings import Settings
    from voice_coach.mirror.listeners import Address
    from voice_coach.mirror.mirror_face import MirrorFace
    from voice_coach.mirror.pairing import Pairing

    Decorated = Callable[..., Any]


def page_options(command: Decorated) -> Decorated:
    """`--page`, `--page-lan`, `--page-certificate`, `--page-key` and `--page-proxy`."""
    for option in (
        setting("page_proxy", "--page-proxy", "ADDRESS", "A reverse proxy connects to the page from this IP address."),
        setting("page_key", "--page-key", "FILE", "Its private key, if that is not in the certificate's file."),
        setting("page_certificate", "--page-certificate", "FILE", "Encrypt the page with this certificate (PEM)."),
        click.option(
            "--page-lan", is_flag=True, default=None, help="Show the page on the home network too, to paired devices."
        ),
        setting(
            "page",
            "--page",
            "[PORT]",
            f"Show a live page at this port, {PAGE_PORT} if none is given; only this machine can see it.",
            alone=PAGE_PORT,
        ),
    ):
        command = option(command)
    return command


def open_mirror(
    settings: Settings, pack: LanguagePack, *, is_attended: bool, devices_path: Path | None = None
) -> tuple[MirrorFace, Notice] | None:
    """The mirror, not yet started, and how to come to it; None when the settings ask for none.

    Args:
        settings: the person's.
        pack: of their language.
        is_attended: whether somebody reads the terminal: else no code is made, and what is not there is waited for.
        devices_path: the file of the paired devices; None for the person's.

    Raises:
        FaceError: there is a key without a certificate.
    """
    from voice_coach.mirror.listeners import address_of

    address = address_of(settings)
    if address is None:  # who wants no mirror pays for none
        return None
    from voice_coach.mirror.invitation import own_urls
    from voice_coach.mirror.mirror_face import MirrorFace
    from voice_coach.mirror.paired_devices import DevicesFile
    from voice_coach.mirror.pairing import Pairing
    from voice_coach.mirror.static_files import load_texts as load_page_texts

    pairing = Pairing(DevicesFile(devices_path))
    urls = partial(own_urls, address.port, is_encrypted=address.certificate is not None)
    is_inviting = address.is_on_lan and not is_attended  # else the terminal shows a code, or there is nobody to invite
    face = MirrorFace(
        address,
        load_page_texts(pack),
        pack.wording,
        pairing,
        is_patient=not is_attended,
        urls=urls if is_inviting else None,
    )
    return face, _notice(address, pairing, pack) if is_attended else NO_NOTICE


def _notice(address: Address, pairing: Pairing, pack: LanguagePack) -> Notice:
    """How to come to the mirror: on this machine, or with a device that is to be paired."""
    from voice_coach.mirror.invitation import own_urls, pairing_notice

    texts = load_texts(pack)
    if not address.is_on_lan:
        own = "[::1]" if address.proxy == "127.0.0.1" else "127.0.0.1"  # what a proxy hands on is not this machine's
        return Notice((texts.say("notice.here", url=f"{address.scheme}://{own}:{address.port}/"),))
    try:
        code = pairing.new_code()
    except FaceError as error:  # those that are paired can see it nevertheless
        return Notice((str(error),))
    return pairing_notice(code, own_urls(address.port, is_encrypted=address.certificate is not None), texts)


if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.memory.settings import Settings
    from voice_coach.mirror.paired_devices import PairedDevice

    _ParamType = click.ParamType[str]
else:
    _ParamType = click.ParamType

_TRY_SECONDS = 0.5
_NOBODY = "No device is paired. To pair one: voice-coach page pair"


class _Url(_ParamType):
    """The address of the mirror's page."""

    name = "url"

    def convert(self, value: str, _param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the address.

        Raises:
            UsageSentence: it is none.
        """
        from voice_coach.memory.settings import PAGE_PORT

        try:
            parts = urlsplit(value)
            is_address = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or True)
        except ValueError:
            is_address = False
        if not is_address or not value.isprintable() or parts.query or parts.fragment:
            message = (
                f"--url must be an address such as http://192.168.1.20:{PAGE_PORT}, not {value[:40]!r}; write it so."
            )
            raise UsageSentence(message, ctx)
        return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


@click.group(short_help="Show it on a phone or tablet: pair, list or remove devices.")
def page() -> None:
    """Pair phones and tablets with the mirror, the live page that `voice-coach start --page-lan` opens to your network.

    Each gets a key of its own, for a code that works once. This machine's own browser needs none.

    \b
    voice-coach page pair
    voice-coach page list
    voice-coach page unpair "iPad, Safari"
    voice-coach page unpair --all
    """


@page.command(short_help="Show a code, and a picture for the camera.")
@click.option("--url", type=_Url(), metavar="URL", help="Where the page is found, if not at this machine's address.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pair(*, url: str | None, as_json: bool) -> None:
    """Make a code for one device. It works once, for ten minutes; the coach may run meanwhile, or be started later.

    \b
    voice-coach page pair
    voice-coach page pair --url https://mirror.example:8765
    voice-coach page pair --url https://home.example/mask/
    """
    from voice_coach.library import load_language
    from voice_coach.memory.settings import PAGE_PORT, load_settings
    from voice_coach.mirror.invitation import own_urls, pairing_notice, pairing_url
    from voice_coach.mirror.paired_devices import LIFE_SECONDS, DevicesFile
    from voice_coach.mirror.pairing import Pairing

    settings = load_settings()
    is_encrypted = settings.page_certificate is not None
    urls = [url] if url else own_urls(settings.page_port or PAGE_PORT, is_encrypted=is_encrypted)
    code = Pairing(DevicesFile()).new_code()
    if as_json:
        found = {
            "code": code,
            "seconds": LIFE_SECONDS,
            "urls": urls,
            "pairing_urls": [pairing_url(code, each) for each in urls],
        }
        click.echo(json.dumps(found, indent=1))
    else:
        notice = pairing_notice(code, urls, load_texts(load_language(settings.language)))
        for line in notice.lines:
            click.echo(line)
        _print_picture(notice)
    if not url and (hint := _hint(settings, urls)):
        click.echo(f"voice-coach: {hint}", err=True)


@page.command("list", short_help="List the devices that may.")
@click.option("--json", "as_json", is_flag=True, help="Print one list of objects.")
def list_(*, as_json: bool) -> None:
    """List the paired devices: since when they are, and on which day each was last seen.

    \b
    voice-coach page list
    voice-coach page list --json
    """
    from voice_coach.mirror.paired_devices import DevicesFile

    devices = DevicesFile().read().devices
    if as_json:
        told = [{"name": each.name, "paired_on": each.paired_on, "seen_on": each.seen_on} for each in devices]
        click.echo(json.dumps(told, indent=1))
        return
    for line in [_shown(device) for device in devices] or [_NOBODY]:
        click.echo(line)


@page.command(short_help="Remove a device, or all.")
@click.argument("name", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="All of them, and the code that is open.")
@click.option("--json", "as_json", is_flag=True, help="Print the list of the removed names.")
@click.pass_context
def unpair(context: click.Context, *, name: tuple[str, ...], is_all: bool, as_json: bool) -> None:
    """Take a device's key back, at once: what it shows ends within seconds, also while the coach runs.

    \b
    voice-coach page unpair "iPad, Safari"
    voice-coach page unpair --all
    """
    from voice_coach.mirror.paired_devices import DevicesFile
    from voice_coach.mirror.pairing import unpair as remove

    file, wanted = DevicesFile(), " ".join(name)
    if is_all == bool(wanted):
        raise UsageSentence("Say which device: its NAME, as `voice-coach page list` tells it, or --all.", context)
    names = None if is_all else {_known(wanted, [device.name for device in file.read().devices], context)}
    gone = remove(file, names)
    if as_json:
        click.echo(json.dumps(gone))
        return
    for line in [f"Unpaired: {each}." for each in gone] or [_NOBODY]:
        click.echo(line)


def _known(wanted: str, names: Sequence[str], context: click.Context) -> str:
    for name in names:
        if name.casefold() == wanted.casefold():
            return name
    remedy = did_you_mean(wanted, names) or (f"there are {'; '.join(names)}." if names else "none is paired.")
    raise UsageSentence(f'there is no device "{wanted[:60]}"; {remedy}', context)


def _shown(device: PairedDevice) -> str:
    paired = f"paired {device.paired_on}" if device.paired_on else "paired on an unknown day"
    seen = f", last seen {device.seen_on}" if device.seen_on else ""
    return f"{device.name}: {paired}{seen}"


def _print_picture(notice: Notice) -> None:
    """White on black whatever the terminal's colours are; where it has no blocks, the words have to do."""
    try:
        "".join(notice.picture).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    from voice_coach.face.console import SafeConsole, words

    if notice.picture:
        click.echo(notice.caption)
    console = SafeConsole(soft_wrap=True, highlight=False)
    for line in notice.picture:
        console.print(words(line, "bright_white on black"))


def _hint(settings: Settings, urls: Sequence[str]) -> str:
    """Say what has to be done before a device can connect; empty when the page is there, or nobody can know."""
    host, port = (urlsplit(urls[0]).hostname, urlsplit(urls[0]).port) if urls else (None, None)
    if host is None or port is None or _answers(host, port):
        return ""
    if settings.page_lan:
        return f"nothing answers at {urls[0]} yet: start the coach."
    from voice_coach.memory.settings import settings_path

    what = "the page is open to this machine only" if _answers("127.0.0.1", port) else "no page is open"
    remedy = f"start the coach with `voice-coach start --page-lan`, or write page_lan = true into {settings_path()}"
    return f"{what}: {remedy} and start it again."


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), _TRY_SECONDS):
            return True
    except OSError:
        return False
