"""Where models lie: in the repository's own models folder, or in the person's data folder."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import platformdirs

from voice_coach.models.catalogue import Model, load_catalogue

REQUIRED_FILES = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/Gr.fst",
    "graph/HCLr.fst",
    "graph/disambig_tid.int",
)
"""What Vosk needs of a model that takes a grammar (`Model::ConfigureV2` in vosk-api's src/model.cc)."""

IVECTOR_FILES = (
    "ivector/final.dubm",
    "ivector/final.ie",
    "ivector/final.mat",
    "ivector/global_cmvn.stats",
    "ivector/online_cmvn.conf",
    "ivector/splice.conf",
)
"""What must be there as well when the model has an i-vector extractor."""


def model_folders() -> tuple[Path, ...]:
    """The folders that may hold models, best first; they need not exist."""
    beside_code = Path(__file__).resolve().parents[2] / "models"
    in_home = platformdirs.user_data_path("voice-coach") / "models"
    return (beside_code, in_home) if (beside_code / "models.toml").is_file() else (in_home,)


def folder_for_downloads() -> Path:
    """The first model folder that can be written to; the last one is the person's own and is made when needed."""
    *shared, own = model_folders()
    return next((folder for folder in shared if os.access(folder, os.W_OK)), own)


def find_vosk_model(language: str) -> Path | None:
    """The folder of the Vosk model of a language, or None.

    Looks for the fetched models of `models.toml`, then for an installed package `vosk_model_<language>` with a folder
    `model` in it. Only looks whether the folder is there; `verify` says whether it is whole.
    """
    for model in load_catalogue():
        if model.engine == "vosk" and model.language == language and (found := find_unpacked(model)):
            return found
    return _find_in_package(language)


def find_unpacked(model: Model) -> Path | None:
    """The folder of a model, wherever it was unpacked."""
    paths = (folder / model.name for folder in model_folders())
    return next((path for path in paths if path.is_dir()), None)


def missing_files(model_path: Path) -> tuple[str, ...]:
    """The files that a Vosk model must have and this folder has not."""
    ivector = IVECTOR_FILES if (model_path / "ivector").is_dir() else ()
    return tuple(name for name in (*REQUIRED_FILES, *ivector) if not (model_path / name).is_file())


def _find_in_package(language: str) -> Path | None:
    if not language.isidentifier():
        return None
    spec = importlib.util.find_spec(f"vosk_model_{language}")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(location) / "model"
        if path.is_dir():
            return path
    return None
