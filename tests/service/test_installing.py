"""The service is installed, judged by systemd's own tools, and removed, in an empty home."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient
from voice_coach.memory import session_store
from voice_coach.memory.history import history_store as history
from voice_coach.service.installing import peers_for, this_place
from voice_coach.service.systemd import Network, Place, unit_text

if TYPE_CHECKING:
    from collections.abc import Callable

    Coach = Callable[..., subprocess.CompletedProcess[str]]

HIGHEST_EXPOSURE = 3.0
SYSTEMD = Path("/lib/systemd/systemd")
IS_BOOTED = Path("/run/systemd/system").is_dir()
needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing: apt install systemd"
)
pytestmark = [
    pytest.mark.skipif(IS_BOOTED, reason="these tests would start a service of yours; real_systemd tests that"),
    pytest.mark.usefixtures("processes"),  # the service asks systemd
]


def unit_in(home: Path) -> Path:
    return home / ".config/systemd/user/voice-coach.service"


def files_in(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if not path.is_dir()]


def analyze(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    with TemporaryDirectory() as runtime:  # the path of a socket has 107 characters at most, and a test's is long
        environment = {"HOME": str(home), "XDG_RUNTIME_DIR": runtime, "PATH": "/usr/bin:/bin"}
        return subprocess.run(
            ["systemd-analyze", "--no-pager", *map(str, arguments)],
            env=environment, capture_output=True, text=True, check=False, timeout=patient(60),
        )  # fmt: skip


def test_install_writes_a_unit_and_says_what_it_could_not_do(coach: Coach, home: Path) -> None:
    done = coach("service", "install")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(f"The unit was written: {unit_in(home)}\n")
    assert "systemd does not run on this machine" in done.stdout
    assert "systemctl --user enable --now voice-coach.service" in done.stdout
    assert "loginctl enable-linger" in done.stdout
    assert done.stdout.endswith("To undo it: voice-coach service uninstall\n")


def test_systemd_waits_longer_for_the_end_than_the_coach_for_a_disk_that_hangs() -> None:
    found = re.search(r"^TimeoutStopSec=(\d+)$", unit_text(Place("/venv/bin/python", ())), re.MULTILINE)
    assert found is not None
    assert int(found[1]) > session_store.STOPPING_SECONDS + session_store.OPENING_SECONDS + history.PATIENCE_SECONDS


def test_the_voice_may_give_way_to_the_ears_in_the_sandbox() -> None:
    """`@resources` forbids it; the last line that names a system call counts."""
    filters = re.findall(r"^SystemCallFilter=(.*)$", unit_text(Place("/venv/bin/python", ())), re.MULTILINE)
    assert filters == ["@system-service", "~@privileged @resources", "setpriority"]


def test_a_second_install_changes_nothing_and_says_so(coach: Coach, home: Path) -> None:
    coach("service", "install")
    before = unit_in(home).stat().st_mtime_ns
    done = coach("service", "install")
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing had to be changed: ")
    assert unit_in(home).stat().st_mtime_ns == before


def test_install_after_a_change_writes_it_anew(coach: Coach, home: Path) -> None:
    coach("service", "install")
    good = unit_in(home).read_bytes()
    unit_in(home).write_bytes(b"\xff[Service]\n")
    assert "The unit was written" in coach("service", "install").stdout
    assert unit_in(home).read_bytes() == good


def test_uninstall_leaves_nothing_behind_and_can_be_said_twice(coach: Coach, home: Path) -> None:
    coach("service", "install")
    wants = unit_in(home).parent / "default.target.wants"
    wants.mkdir()
    (wants / unit_in(home).name).symlink_to(unit_in(home))
    done = coach("service", "uninstall")
    assert (done.returncode, done.stdout) == (0, f"The unit was removed: {unit_in(home)}\n")
    assert files_in(home) == []
    assert not list(home.rglob("voice-coach"))
    again = coach("service", "uninstall")
    assert (again.returncode, again.stdout) == (0, "There was nothing to remove: the service is not installed.\n")


def test_uninstall_keeps_what_is_the_person_s(coach: Coach, home: Path) -> None:
    coach("service", "install")
    settings = home / ".config/voice-coach/settings.toml"
    settings.write_text("minutes = 12\n")
    coach("service", "uninstall")
    assert files_in(home) == [settings]


def test_status_says_how_it_is(coach: Coach, home: Path) -> None:
    before = coach("service", "status")
    assert (before.returncode, before.stdout) == (
        3,
        "Not installed. To install it: voice-coach service install\n",
    )
    coach("service", "install")
    after = coach("service", "status")
    assert after.returncode == 3
    assert str(unit_in(home)) in after.stdout
    told = json.loads(coach("service", "status", "--json").stdout)
    assert told["is_installed"]
    assert not told["is_running"]
    assert told["unreachable"]


def test_the_configuration_folder_is_where_the_person_put_it(coach: Coach, tmp_path: Path) -> None:
    place = tmp_path / "else where"
    done = coach("service", "install", XDG_CONFIG_HOME=str(place))
    assert done.returncode == 0
    unit = place / "systemd/user/voice-coach.service"
    assert f'Environment="XDG_CONFIG_HOME={place}"' in unit.read_text()
    assert f'"-{place}/voice-coach"' in unit.read_text()


def test_a_place_that_cannot_be_written_is_one_sentence(coach: Coach, home: Path) -> None:
    (home / ".config").write_text("no folder")
    done = coach("service", "install")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be changed" in done.stderr


PAGES = {"": Network.NONE, "page = 8765\n": Network.LOOPBACK, "page_lan = true\n": Network.LAN}
FAMILIES = "RestrictAddressFamilies=~AF_(INET|INET6)"


def unit_for(coach: Coach, home: Path, settings: str) -> Path:
    """Install it as the settings want the mirror."""
    file = home / ".config/voice-coach/settings.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(settings)
    assert coach("service", "install").returncode == 0
    return unit_in(home)


@needs_systemd_analyze
@pytest.mark.parametrize("settings", PAGES, ids=[network.value for network in PAGES.values()])
def test_systemd_finds_no_fault_with_the_installed_unit_and_it_is_hardly_exposed(
    coach: Coach, home: Path, settings: str
) -> None:
    unit = unit_for(coach, home, settings)
    verified = analyze(home, "--user", "verify", unit)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
    judged = analyze(home, "security", "--offline=true", unit).stdout
    exposure = re.search(r"Overall exposure level for .*: ([\d.]+)", judged)
    assert exposure, judged
    assert float(exposure[1]) <= HIGHEST_EXPOSURE
    table = json.loads(analyze(home, "security", "--offline=true", "--json=short", unit).stdout)
    has_no_network = PAGES[settings] is Network.NONE
    assert {item["name"]: item["set"] for item in table}[FAMILIES] is has_no_network
    assert ("PrivateNetwork=yes" in unit.read_text()) is has_no_network


def test_the_unit_opens_the_network_as_far_as_the_mirror_needs_it(coach: Coach, home: Path) -> None:
    allowed = {
        network: [line for line in unit_for(coach, home, settings).read_text().splitlines() if "IPAddress" in line]
        for settings, network in PAGES.items()
    }
    assert allowed[Network.NONE] == ["IPAddressDeny=any"]
    assert allowed[Network.LOOPBACK] == ["IPAddressDeny=any", "IPAddressAllow=localhost"]
    assert allowed[Network.LAN][1].startswith("IPAddressAllow=localhost link-local 10.0.0.0/8 ")


BROKER = 'mqtt_url = "mqtt://192.168.1.5"\n'


@needs_systemd_analyze
def test_the_unit_opens_to_the_broker_and_to_nobody_else(coach: Coach, home: Path) -> None:
    unit = unit_for(coach, home, BROKER)
    lines = unit.read_text().splitlines()
    assert "IPAddressAllow=192.168.1.5" in lines
    assert "IPAddressDeny=any" in lines
    assert "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6" in lines
    assert "PrivateNetwork=yes" not in lines
    verified = analyze(home, "--user", "verify", unit)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_with_a_page_as_well_it_is_open_to_both(coach: Coach, home: Path) -> None:
    assert "IPAddressAllow=localhost 192.168.1.5" in unit_for(coach, home, f"page = 8765\n{BROKER}").read_text()


def test_a_broker_that_nobody_knows_is_told_and_keeps_the_unit_closed(coach: Coach, home: Path) -> None:
    file = home / ".config/voice-coach/settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text('mqtt_url = "mqtt://no..name"\n')
    done = coach("service", "install")
    assert "do this again when it is there" in done.stdout
    assert "PrivateNetwork=yes" in unit_in(home).read_text()


def test_a_broker_by_its_name_needs_who_knows_the_name() -> None:
    assert peers_for("192.168.1.5") == ("192.168.1.5",)
    assert set(peers_for("localhost")) & {"127.0.0.1", "::1"}


def test_wrong_settings_are_told_before_anything_is_installed(coach: Coach, home: Path) -> None:
    (home / ".config/voice-coach").mkdir(parents=True)
    (home / ".config/voice-coach/settings.toml").write_text("page = 0\n")
    refused = coach("service", "install")
    assert refused.returncode == 2
    assert "page must be a whole number" in refused.stderr
    assert not unit_in(home).exists()


@needs_systemd_analyze
@pytest.mark.parametrize("has_user_namespaces", [True, False])
def test_systemd_reads_a_unit_with_the_oddest_paths(tmp_path: Path, *, has_user_namespaces: bool) -> None:
    python = tmp_path / "a b %h $HOME" / "python"
    python.parent.mkdir()
    python.symlink_to("/bin/true")
    place = Place(str(python), (f"{tmp_path}/e %f",), {"XDG_STATE_HOME": f"{tmp_path}/é %g"}, has_user_namespaces)
    unit = tmp_path / "voice-coach.service"
    unit.write_text(unit_text(place))
    done = analyze(tmp_path, "--user", "verify", unit)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


_ODD = """a  b\t'c' "d" \\\\ \\n ; #e %h %% $HOME $$ ${PATH} é 한글 -f"""


@pytest.mark.skipif(not SYSTEMD.exists(), reason="systemd is missing: apt install systemd")
def test_systemd_takes_every_odd_path_for_what_it_is() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not pytest's own, where only root may look
        home = Path(folder)
        environment = {"XDG_STATE_HOME": f"{home}/{_ODD}", "PYTHONPATH": _ODD}
        lines = read_by_systemd(home, unit_text(Place("/bin/true", (f"{home}/{_ODD}", f"{home}/2"), environment)))
    assert f"Environment: PYTHONPATH={_ODD}" in lines
    assert f"Environment: XDG_STATE_HOME={home}/{_ODD}" in lines
    assert f"ReadWritePaths: -{home}/{_ODD} -{home}/2" in lines
    told = next(line for line in lines if line.startswith("Command Line: /usr/bin/mkdir -p "))
    escaped = (f"{home}/{_ODD}").replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("$", "\\$\\$")
    assert told == f'Command Line: /usr/bin/mkdir -p "{escaped}" {home}/2'


@pytest.mark.skipif(not SYSTEMD.exists(), reason="systemd is missing: apt install systemd")
def test_a_service_whose_program_was_removed_rests() -> None:
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/a  b %h é/python"
        lines = read_by_systemd(Path(folder), unit_text(Place(program, (f"{folder}/2",))))
    assert f"ConditionFileIsExecutable: {program} untested" in lines


def read_by_systemd(home: Path, text: str) -> list[str]:
    """The lines in which a manager of units, which starts none, tells what it has read; root it does not obey."""
    unit = home / ".config/systemd/user/voice-coach.service"
    unit.parent.mkdir(parents=True)
    unit.write_text(text)
    (home / "runtime").mkdir(mode=0o700)
    leave_root: list[str] = []
    if os.geteuid() == 0:
        leave_root = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for path in (home, *home.rglob("*")):
            os.chown(path, 65534, 65534)
    done = subprocess.run(
        [*leave_root, SYSTEMD, "--user", "--test", f"--unit={unit.name}"],
        env={"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "runtime"), "SYSTEMD_LOG_TARGET": "console"},
        capture_output=True, text=True, check=False, timeout=patient(60),
    )  # fmt: skip
    assert unit.name not in done.stderr, done.stderr
    return [line.lstrip() for line in done.stdout.partition(f"-> Unit {unit.name}:\n")[2].split("\n")]


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        *((name, "\n") for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "PYTHONPATH")),
        *(("XDG_STATE_HOME", odd) for odd in ("\n", "\r", "\x0b", "\x1b[2J", "\x7f", "\x01")),
    ],
)
def test_what_no_unit_can_say_is_one_sentence_and_installs_nothing(
    coach: Coach, home: Path, name: str, odd: str
) -> None:
    done = coach("service", "install", **{name: f"{home}/x{odd}ExecStartPost=/bin/evil"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("voice-coach: systemd takes no ")
    assert done.stderr.count("\n") == 1
    assert done.stderr.rstrip().isprintable()
    assert "use a path without it" in done.stderr
    assert files_in(home) == []


def test_a_path_that_is_no_text_is_one_sentence(coach: Coach, home: Path) -> None:
    done = coach("service", "install", XDG_STATE_HOME=f"{home}/\udcff")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("voice-coach: systemd takes no '\\udcff' in a unit")


def test_a_path_that_is_relative_here_is_told_from_the_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", "state/../kept")
    monkeypatch.setenv("PYTHONPATH", f"lib{os.pathsep}/usr/lib/there")
    place = this_place()
    assert place.environment["XDG_STATE_HOME"] == f"{tmp_path}/kept"
    assert place.environment["PYTHONPATH"] == f"{tmp_path}/lib{os.pathsep}/usr/lib/there"
    assert not any(".." in folder for folder in place.folders)
