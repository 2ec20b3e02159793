# shellcheck shell=bash
# Sourced by the scripts beside it: strict mode, the project's folder, and what they all say and ask.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The script that a person called; those that it calls see its name too.
export CALLED_SCRIPT=${CALLED_SCRIPT-$(basename "$0")}

say() { printf '==> %s\n' "$*" >&2; }

fail() {
  printf 'scripts/%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Prints the comment at the head of the script that was called.
usage() { sed -n '2,/^$/s/^# \{0,1\}//p' "scripts/$(basename "$0")"; }

# help_if_asked "$@": prints the help and ends where the first argument asks for it.
help_if_asked() {
  case ${1-} in
    -h | --help)
      usage
      exit 0
      ;;
  esac
}

# Prints a Python for scripts that need no packages: the one of .venv if it is there, or else the one of the system.
any_python() { if [[ -x .venv/bin/python ]]; then echo .venv/bin/python; else echo python3; fi; }
# shellcheck disable=SC2034 # used by those that source this
ON_ALL_CORES=(-n auto --dist worksteal)
# The same for tests that often wait for a program, a browser or a clock: two for each core.
# shellcheck disable=SC2034 # the same
TWO_A_CORE=(-n "$((2 * $(nproc)))" --dist worksteal)
# What pytest is told for `scripts/test quick`; tests/uses.py sets the marks.
# shellcheck disable=SC2034 # the same
QUICK_TESTS=(-q -m "not (sound or browser or process or model)" "${TWO_A_CORE[@]}" --hypothesis-profile quick)
