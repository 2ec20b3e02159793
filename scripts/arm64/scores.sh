# shellcheck shell=bash
# Sourced by scripts/check-arm64, after system.sh: what --scores does. The Python beside it speaks, hears and compares.

# Of max without SVE: check-arm64 says why. It has what newer processors know (i8mm, bf16), beyond any Raspberry Pi.
SCORED_CPUS=(cortex-a72 cortex-a76 'max,sve=off')
scores=${home:?}/scores # a file for each processor, kept for a look at what differs
NOISES=8                # times that this machine hears the clips again, to know how far its own scores scatter
SAID=/srv/scores/clips  # in the system
SCORES=/srv/scores      # in the system; with these a run that was stopped goes on

clips=() # options of `say`

# read_options_of_scores OPTION...: those behind --scores.
read_options_of_scores() {
  while (($# > 0)); do
    case $1 in
      --clips)
        [[ ${2-} =~ ^[1-9][0-9]*$ ]] || fail "--clips needs a number, such as 8."
        clips+=(--clips "$2")
        ;;
      --data)
        [[ -d ${2-} ]] || fail "--data needs the folder of the recordings."
        clips+=(--data "$(realpath "$2")")
        ;;
      *) fail "unknown option $1 of --scores; scripts/check-arm64 --help lists them." ;;
    esac
    shift 2
  done
}

# here MODULE ARGUMENT...: as root, which leaves no files of its own in the project.
here() {
  local module=scripts.arm64.$1
  shift
  PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m "$module" "$@"
}

# As each processor, all at the same time, with no way to the network.
hear_emulated() {
  local cpu
  for cpu in "${SCORED_CPUS[@]}"; do
    (CPU=$cpu enter -- env --chdir=/srv/voice-coach .venv/bin/python -m scripts.arm64.scores \
      hear "$SAID" --out "$SCORES/$cpu.jsonl") &
  done
  wait
}

# Ends with 1 where a processor hears something else than this machine.
compare_scores() {
  is_emulated || fail "--scores compares arm64 with x86-64, and needs a machine that is no arm64 itself."
  local cpu seed status=0
  say "Speaking the commands with flite, and hearing them here"
  rm -rf "${system:?}$SAID"
  mkdir -p "$scores" "${system:?}$SAID" "$system$SCORES"
  here scores say "${system:?}$SAID" "${clips[@]}"
  here scores hear "$system$SAID" --out "$scores/here.jsonl"
  for ((seed = 1; seed <= NOISES; seed++)); do
    here scores hear "$system$SAID" --out "$scores/here-$seed.jsonl" --noise "$seed"
  done
  say "Hearing them as ${SCORED_CPUS[*]}, all at once (half an hour or more under emulation)"
  watched hear_emulated || true # what one of them has not heard is told by the comparison
  grep -v '^clip ' "${log:?}" | sed 's/^/    /' >&2 || true
  for cpu in "${SCORED_CPUS[@]}"; do cp "$system$SCORES/$cpu.jsonl" "$scores/" || true; done
  here scores_page "$scores" --emulator "$(qemu-aarch64-static --version | head -n 1)" \
    "${SCORED_CPUS[@]/#/--cpu=}" || status=$?
  chown --reference=. docs/measured/arm64.json docs/raspberry-pi.md 2>/dev/null || true
  return "$status"
}
