#!/usr/bin/env bash
# Runs in a fresh Debian 12, as root, called by scripts/check-package: tries a package, and says with TRIED what went well.
#
#   inside.sh FILE VERSION EMULATED    a .deb, with before.deb beside it, or a .whl; "no" to rehearse a whole routine, too
set -euo pipefail
cd /srv/try

file=$1 version=$2 is_emulated=$3
REHEARSAL=(pulseaudio pulseaudio-utils libasound2-plugins flite)
# The doctor's checks that need no sound card; then those that say a sentence and hear a command, for which the doctor
# gives each 60 s: an emulator needs longer, and there checks.py, which waits, does the same.
CHECKS=(python settings models calibration)
ENGINES=(voice recogniser)

tried() { printf 'TRIED: %s\n' "$*"; }
failed() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
get() { apt-get -q -o Dpkg::Use-Pty=0 --yes --no-install-recommends "$@"; }

# Every path but those of apt's own lists and logs, and of homes.
paths() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /srv/try -o -path /home -o -path /root \
    -o -path /var/cache -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg \) -prune -o -print | sort
}

# as_anna COMMAND...: as an ordinary person, with the ways to the package index alone.
as_anna() { runuser -u anna -- env HOME=/home/anna PATH=/usr/bin:/bin:/home/anna/.local/bin LC_ALL=C.UTF-8 "$@"; }

# use: the version is right, and what the doctor can check without a sound card is well.
use() {
  local told
  told=$(as_anna voice-coach --version)
  [[ $told == "voice-coach $version" ]] || failed "it says that it is $told"
  as_anna voice-coach doctor "${CHECKS[@]}" || failed "the doctor finds faults"
  if [[ $is_emulated == no ]]; then
    as_anna voice-coach doctor "${ENGINES[@]}" || failed "the doctor finds faults"
  else
    # The interpreter is named in the first line of its program.
    as_anna "$(sed -n '1s/^#!//p' "$(readlink -f "$(as_anna which voice-coach)")")" checks.py /srv/try/said --installed ||
      failed "it does not speak and hear"
  fi
}

# keep_settings: the settings file of the version before is read.
keep_settings() {
  [[ $(as_anna voice-coach doctor --json settings) == *'"ok"'* ]] || failed "the settings of before are not read"
}

# rehearse: a flite voice speaks a whole routine to the coach on a virtual sound card; the last line is the summary.
rehearse() {
  local folder=/home/anna/runtime
  as_anna mkdir -m 700 "$folder"
  as_anna XDG_RUNTIME_DIR="$folder" voice-coach rehearse --hold 20 --json >rehearsal.json ||
    failed "the rehearsal does not pass: $(tail -c 600 rehearsal.json)"
  tail -n 1 rehearsal.json
  grep -q '"kind": "summary"' <(tail -n 1 rehearsal.json) || failed "the rehearsal has no summary"
}

purged() {
  paths >after
  comm -13 before after >left
  comm -23 before after >lost
  [[ ! -s left ]] || failed "these are left: $(head -n 20 left | tr '\n' ' ')"
  [[ ! -s lost ]] || failed "these are gone, which were there before: $(head -n 20 lost | tr '\n' ' ')"
}

get update
if [[ $is_emulated == no ]]; then get install "${REHEARSAL[@]}"; fi
useradd --create-home anna

case $file in
  *.deb)
    paths >before
    get install ./before.deb
    as_anna mkdir -p /home/anna/.config/voice-coach
    as_anna sh -c 'echo "minutes = 12" >/home/anna/.config/voice-coach/settings.toml'
    get install "./$file"
    [[ ! -e /opt/voice-coach/of-the-version-before ]] || failed "a file of the version before is left after the upgrade"
    use
    keep_settings
    tried "apt installs and upgrades it"
    tried "it speaks and hears"
    ;;
  *.whl)
    get install pipx libportaudio2 espeak-ng libatomic1
    paths >before
    as_anna pipx install "/srv/try/$file"
    use
    tried "Debian's pipx installs it"
    tried "it speaks and hears"
    ;;
esac
if [[ $is_emulated == no ]]; then
  rehearse
  tried "a whole routine is rehearsed by voice"
fi
case $file in
  *.deb)
    get purge --autoremove voice-coach
    purged
    tried "purged without a trace"
    ;;
  *.whl)
    as_anna pipx uninstall voice-coach
    [[ -z $(find /home/anna/.local -iname '*voice?coach*' ! -path '*/state/*' ! -path '*/share/voice-coach*' ! -name '.voice-coach.lock') ]] ||
      failed "files of it are left: $(find /home/anna/.local -iname '*voice?coach*')"
    purged
    tried "pipx removes it without a trace"
    ;;
esac
