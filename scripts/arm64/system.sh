# shellcheck shell=bash
# Sourced by scripts/check-arm64, check-package and image: a Debian 12 system in a folder, how it is made and how one gets
# into it. It is one for ARCH (arm64, or amd64), and lies in the folder PLACE of the cache.

SUITE=bookworm
ARCH=${ARCH:-arm64}
home=${XDG_CACHE_HOME:-${HOME:=/root}/.cache}/voice-coach/${PLACE:-$ARCH}
system=$home/system
log=$home/log
running= # the process to be ended when this script ends

# NETWORK: the variables that say how this machine reaches its package index. They, and the files they name, are lent to
# the system while something runs in it; nothing of them is copied.
mapfile -t NETWORK < <(compgen -e | grep -E '^(PIP_[A-Z_]+|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$')

# Ends what still runs in the system; its mounts end with it.
end_running() {
  if [[ -n $running ]]; then
    kill -KILL "$running" 2>/dev/null || true
    wait "$running" 2>/dev/null || true
  fi
}
trap end_running EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# QEMU 7.2 now and then loses the signal that tells a shell of its child's end, between the shell's look and its sleep
# (sigsuspend); both then wait for ever. The same signal once more wakes it. Only for processes that this script started.
wake_sleepers() {
  local sleepers
  mapfile -t sleepers < <(ps -e -o pid=,ppid=,stat= | awk -v top="$running" '
    { parent[$1] = $2 }
    $3 ~ /^Z/ { waits[$2] = 1 }
    END { for (pid in waits) for (up = pid; up > 1; up = parent[up]) if (up == top) { print pid; break } }')
  if ((${#sleepers[@]} > 0)); then kill -CHLD "${sleepers[@]}" 2>/dev/null || true; fi
}

# watched COMMAND...: runs it in the background, with its output in the log, and shows now and then how far it is.
watched() {
  local started=$SECONDS
  "$@" >"$log" 2>&1 </dev/null &
  running=$!
  while sleep 1 && kill -0 "$running" 2>/dev/null; do
    if (((SECONDS - started) % 10 == 0)); then
      printf '    %3d s: %.90s\n' $((SECONDS - started)) "$(tail -n 1 "$log" | tr -d '\r')" >&2
      wake_sleepers
    fi
  done
  reap
}

# What the process that ran in the background ended with.
reap() {
  local status=0
  wait "$running" || status=$?
  running=
  return "$status"
}

# lost SENTENCE: ends with the last words of what failed.
lost() {
  tail -n 15 "$log" | sed 's/^/    /' >&2
  fail "$1 Its last words stand above, all of them in $log."
}

# be_root "$@": goes on as root, by sudo where a person called the script.
be_root() {
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "it needs root to make a Debian system, and there is no sudo; call it as root."
    say "Making and entering a Debian system needs root: calling sudo"
    local kept
    printf -v kept '%s,' HOME XDG_CACHE_HOME "${NETWORK[@]}"
    exec sudo --preserve-env="${kept%,}" "$PWD/scripts/$(basename "$0")" "$@"
  fi
  PATH=$PATH:/usr/sbin:/sbin # root's, when one became root with su
}

is_emulated() {
  case $ARCH in
    arm64) [[ $(uname -m) != aarch64 ]] ;;
    *) [[ $(uname -m) != x86_64 ]] ;;
  esac
}

# The kernel hands arm64 programs to QEMU, also inside another root (flag F).
is_registered() { grep -qs '^flags:.*F' /proc/sys/fs/binfmt_misc/qemu-aarch64; }

register_emulator() {
  if ! is_emulated || is_registered; then return; fi
  say "Telling the kernel to run arm64 programs with QEMU (binfmt_misc)"
  modprobe binfmt_misc 2>/dev/null || true
  mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null || true
  update-binfmts --enable qemu-aarch64 >&2 || true
  is_registered || fail "this kernel can't be told to run arm64 programs with QEMU (binfmt_misc); try another machine."
}

# boxed COMMAND...: as the shell's last act, in name spaces of its own for mounts and processes. All of it ends when it is
# killed, and it is killed when this script ends, by whatever.
boxed() { exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child "$@"; }

# The person's own pip settings are at home, and the system's root has another home.
lend_pip_settings() {
  local file
  for file in "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf"; do
    if [[ -z ${PIP_CONFIG_FILE-} && -f $file ]]; then
      export PIP_CONFIG_FILE=$file
      NETWORK+=(PIP_CONFIG_FILE)
    fi
  done
}

# ready_host GROUP...: all that this machine needs before a system can be made and entered; see install_system_packages.
ready_host() {
  install_system_packages yes "$@"
  unshare --mount --pid --fork true 2>/dev/null ||
    fail "this machine allows no mounts of one's own (a container without privileges?); use a real or virtual machine."
  register_emulator
  lend_pip_settings
}

# Prints the files and folders of this machine that say how the index is reached.
lent_paths() {
  local name files=(/etc/pip.conf /etc/xdg/pip/pip.conf "${PIP_CONFIG_FILE-}")
  printf '%s\n' /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt "${files[@]}"
  sed -n 's/^ *\(cert\|find-links\) *= *//p' "${files[@]}" 2>/dev/null || true
  for name in "${NETWORK[@]}"; do
    tr ' ' '\n' <<<"${!name}"
  done
}

# describe_processors CPU FILE: writes what a board's kernel tells of its processors in /proc/cpuinfo, where QEMU 7.2
# shows this machine's. ONNX Runtime chooses its kernels by it, and dies of an x86 one.
describe_processors() {
  local variant part number
  case $1 in
    cortex-a72) variant=0x0 part=0xd08 ;;
    cortex-a76) variant=0x4 part=0xd0b ;;
    max*) variant=0x0 part=0x051 ;; # QEMU's own, of no maker that a library knows
    *) variant=0x0 part=0xd03 ;;    # cortex-a53
  esac
  for ((number = 0; number < $(nproc); number++)); do
    printf 'processor\t: %s\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\n' "$number"
    printf 'CPU architecture: 8\nCPU variant\t: %s\nCPU part\t: %s\nCPU revision\t: 4\n\n' "$variant" "$part"
  done >"$2"
}

# enter [PATH...] -- COMMAND...: as root of the system and as the processor CPU, with nothing of this machine's
# environment but NETWORK, and with these PATHs. Ends this shell.
enter() {
  local name cpu=${CPU:-$BASE_CPU}
  for name in $(compgen -e); do
    if [[ " ${NETWORK[*]} " != *" $name "* ]]; then unset "$name"; fi
  done
  export HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive QEMU_CPU="$cpu"
  if is_emulated; then
    export CPUINFO="$home/cpuinfo-$cpu"
    describe_processors "$cpu" "$CPUINFO"
  fi
  boxed bash scripts/arm64/enter.sh "$system" "$@"
}

# in_system COMMAND...: enters it with the ways to the index.
in_system() {
  local lent
  mapfile -t lent < <(lent_paths | grep '^/' | sort --unique)
  enter "${lent[@]}" -- "$@"
}

# Where this machine gets Debian from, and how; nothing means debootstrap's own choice.
mirror() {
  apt-get indextargets --format "\$(ORIGIN) \$(CODENAME) \$(REPO_URI)" 'Created-By: Packages' 2>/dev/null |
    awk -v suite="$SUITE" '$1 == "Debian" && $2 == suite && $3 ~ /^(https?|file):/ { print $3; exit }'
}

remove_system() {
  [[ -e $home ]] || return 0
  if findmnt --noheadings --raw --output TARGET | grep -qF "$home/"; then
    fail "something is mounted below $home; unmount it first."
  fi
  rm -rf --one-file-system "$home/system" "$home/made" "$log"
}

# make_system PACKAGE...: the system with these packages, made anew unless it is there and was finished.
make_system() {
  local recipe="$SUITE $*"
  if [[ -f $home/made && $(<"$home/made") == "$recipe" ]]; then
    say "Debian 12 $ARCH is there: $system"
    return
  fi
  remove_system
  if (($(df --output=avail --block-size=M "$home" | tail -n 1 | tr -dc 0-9) < 2000)); then
    fail "the disk of $home has less than 2 GB left; set XDG_CACHE_HOME to a folder on another one."
  fi
  say "Fetching Debian 12 $ARCH into $system (1 of 2, about half a minute)"
  local proxy='' packages
  eval "$(apt-config shell proxy Acquire::http::Proxy 2>/dev/null || true)"
  if [[ -n $proxy && $proxy != DIRECT ]]; then export http_proxy=${http_proxy:-$proxy}; fi
  printf -v packages '%s,' "$@"
  mapfile -t from < <(mirror)
  watched boxed debootstrap --arch="$ARCH" --foreign --variant=minbase --include="${packages%,}" "$SUITE" "$system" "${from[@]}" ||
    lost "debootstrap could not fetch Debian 12 $ARCH."
  echo force-unsafe-io >"$system/etc/dpkg/dpkg.cfg.d/unsafe-io" # what a power cut spoils is made anew
  say "Configuring it (2 of 2, two to five minutes)"
  watched enter -- /debootstrap/debootstrap --second-stage || lost "Debian 12 $ARCH could not be configured."
  printf '%s\n' "$recipe" >"$home/made"
}

# speak_sentences FOLDER: puts said.tsv there, and each of its sentences as a WAV file, spoken by flite.
speak_sentences() {
  mkdir -p "$1"
  cp scripts/arm64/said.tsv "$1/"
  cut -f 1 scripts/arm64/said.tsv | while IFS= read -r sentence; do
    flite -voice rms -t "$sentence" -o "$1/$sentence.wav"
  done
}
