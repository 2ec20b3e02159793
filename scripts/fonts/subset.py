"""Makes the fonts that ship with the mirror's page: only the letters that it needs, so that they weigh little."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools import subset
from fontTools.ttLib import TTFont

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "voice_coach" / "mirror" / "static"
LETTERS = Path(__file__).parent / "letters.txt"
"""All letters that the fonts have; a test holds them against the texts."""
LICENSES = STATIC / "fonts-license.txt"
WEIGHTS = {400: "R", 700: "B"}
"""The two weights, and how NanumSquareRound calls them."""
NUNITO = "@fontsource/nunito@5.3.0"
NUNITO_SHA256 = "4d8e1fb4f4a40c125c7a302b21e5c6810b86569b60bac0fa0405c04380f4c77b"
NANUM = Path("/usr/share/fonts/truetype/nanum")
"""Where Debian's package fonts-nanum puts them."""
NANUM_LICENSE = Path("/usr/share/doc/fonts-nanum/copyright")
FIRST_HANGUL, LAST_HANGUL = "가", "힣"
PUNCTUATION = "\u2013\u2014\u2018\u2019\u201c\u201d\u2026"
"""Dashes, quotation marks and the ellipsis."""
FAMILY = "Voice Coach"
"""The name inside the files: "Nanum" is a reserved name, which no changed font may bear (OFL-1.1, condition 3)."""


def main() -> int:
    """Make the four files, their licences and the list of letters."""
    latin = [chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))] + list(PUNCTUATION)
    hangul = sorted(set(_korean_letters()))
    with tempfile.TemporaryDirectory() as folder:
        package = _nunito(Path(folder))
        for weight, name in WEIGHTS.items():
            _write(package / "files" / f"nunito-latin-{weight}-normal.woff2", latin, f"latin-{weight}.woff2")
            _write(NANUM / f"NanumSquareRound{name}.ttf", hangul, f"hangul-{weight}.woff2")
        licenses = [
            f"latin-*.woff2 are parts of Nunito ({NUNITO}), changed: fewer letters.",
            (package / "LICENSE").read_text(encoding="utf-8"),
            "hangul-*.woff2 are parts of NanumSquareRound (Debian's fonts-nanum), changed: fewer letters, new name.",
            NANUM_LICENSE.read_text(encoding="utf-8"),
        ]
    LICENSES.write_text("\n\n----\n\n".join(licenses), encoding="utf-8")
    LETTERS.write_text("".join((*latin, *hangul)) + "\n", encoding="utf-8")
    return 0


def _korean_letters() -> Iterator[str]:
    """Yield the Hangul syllables of all Korean texts."""
    for file in (ROOT / "voice_coach" / "content" / "ko").rglob("*.toml"):
        yield from (letter for letter in file.read_text(encoding="utf-8") if FIRST_HANGUL <= letter <= LAST_HANGUL)


def _nunito(folder: Path) -> Path:
    """Fetch Nunito as npm has it, and check that it is the one we know; returns the unpacked package."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("scripts/subset-fonts: npm is missing (Debian: apt-get install npm).")
    packed = subprocess.run([npm, "pack", "--silent", NUNITO], cwd=folder, check=True, capture_output=True, text=True)
    archive = folder / packed.stdout.strip().splitlines()[-1]
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != NUNITO_SHA256:
        sys.exit(f"scripts/subset-fonts: {NUNITO} is not the one we know; its SHA-256 is {found}.")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def _write(source: Path, letters: list[str], name: str) -> None:
    """Write those letters of a font that a text has, as WOFF2, with digits of one width and pairs set closer."""
    options = subset.Options(
        flavor="woff2", hinting=False, layout_features=["kern", "tnum", "ccmp"], notdef_outline=True
    )
    options.drop_tables += ["DSIG"]
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(letters))
    subsetter.subset(font)
    missing = {letter for letter in letters if ord(letter) not in font.getBestCmap()}
    for record in font["name"].names:
        if record.nameID in {1, 4, 16}:
            record.string = FAMILY
        elif record.nameID in {3, 6}:
            record.string = FAMILY.replace(" ", "")
    font.flavor = "woff2"
    font.save(STATIC / name)
    print(f"{name}: {len(letters) - len(missing)} letters, {(STATIC / name).stat().st_size} bytes", *sorted(missing))


if __name__ == "__main__":
    sys.exit(main())
