# shellcheck shell=bash
# Sourced by scripts/setup, scripts/check-arm64 and scripts/image: the Debian packages that the project needs, why, and how they get there.

declare -A REASONS=(
  [python3-venv]="makes the project's own Python environment"
  [libportaudio2]="microphone and speaker"
  [espeak-ng]="the coach's voice"
  [libespeak-ng1]="the coach's voice"
  [libatomic1]="the second recogniser's library needs it on arm64"
  [pulseaudio]="the virtual sound card of the rehearsal"
  [pulseaudio-utils]="plays to and records from the virtual sound card"
  [libasound2-plugins]="lets PortAudio see the virtual sound card"
  [flite]="the voices of the rehearsal's person"
  [shellcheck]="checks the scripts"
  [strace]="shows in a test that the coach makes no network socket"
  [iproute2]="gives a test a network of loopback only"
  [debootstrap]="makes the arm64 system"
  [debian-archive-keyring]="proves that the arm64 system is Debian's"
  [qemu-user-static]="runs arm64 programs"
  [binfmt-support]="hands arm64 programs to QEMU"
  [mmdebstrap]="makes the image's system"
  [arch-test]="tells it that arm64 programs run here"
  [dosfstools]="makes the image's first partition"
  [mtools]="fills it"
  [fdisk]="writes the image's table of partitions"
  [xz-utils]="squeezes the image"
  [qemu-system-arm]="starts the image"
  [tesseract-ocr]="reads the screen of the image"
  [librsvg2-bin]="draws the history's picture in a test"
  [nginx-light]="the reverse proxy before the mirror in a test"
  [e2fsprogs]="makes the disks that fail in tests"
  [openssl]="makes the certificate of an encrypted mirror in a test"
  [chromium]="the browser that shows the mirror in tests"
  [fonts-nanum]="Korean letters in that browser"
  [mosquitto]="the MQTT broker that the coach is shown through in tests"
  [lintian]="checks the Debian packages"
  [faketime]="steps the wall clock under a running coach in a test"
)
COACH_PACKAGES=(libportaudio2 espeak-ng libespeak-ng1)
COACH_PACKAGES_ON_ARM64=(libatomic1)
if [[ $(uname -m) == aarch64 ]]; then COACH_PACKAGES+=("${COACH_PACKAGES_ON_ARM64[@]}"); fi
REHEARSAL_PACKAGES=(pulseaudio pulseaudio-utils libasound2-plugins flite)
DEV_PACKAGES=(shellcheck strace iproute2 faketime librsvg2-bin nginx-light e2fsprogs openssl chromium fonts-nanum mosquitto)
ARM64_PACKAGES=(debootstrap debian-archive-keyring qemu-user-static binfmt-support flite)
IMAGE_PACKAGES=(mmdebstrap arch-test dosfstools e2fsprogs mtools fdisk xz-utils qemu-system-arm tesseract-ocr)

# Prints those of the packages given that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    if [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      printf '%s\n' "$package"
    fi
  done
}

# Is there what the packages bring? For systems that name their packages otherwise.
check_without_apt() {
  local missing=() group
  for group in "$@"; do
    local programs=()
    case $group in
      coach)
        if ! ldconfig -p 2>/dev/null | grep -q 'libportaudio\.so\.2'; then missing+=("the PortAudio library (libportaudio.so.2)"); fi
        if ! ldconfig -p 2>/dev/null | grep -q 'libespeak-ng\.so\.1'; then missing+=("eSpeak NG (libespeak-ng.so.1)"); fi
        ;;
      rehearsal) programs=(pulseaudio pactl flite) ;;
      arm64 | packages) programs=(debootstrap update-binfmts qemu-aarch64-static flite) ;;
      image) programs=(mmdebstrap arch-test mkfs.vfat mke2fs mcopy sfdisk xz qemu-system-aarch64 tesseract) ;;
    esac
    for program in "${programs[@]}"; do
      if ! command -v "$program" >/dev/null; then missing+=("the program $program"); fi
    done
  done
  if ((${#missing[@]} > 0)); then
    printf -v list '%s, ' "${missing[@]}"
    fail "this system has no apt-get; please install ${list%, } with its own package manager."
  fi
}

# ask QUESTION: a yes from the terminal.
ask() {
  local answer
  [[ -t 0 ]] || return 1
  read -r -p "$1 [Y/n] " answer
  [[ -z $answer || $answer == [Yy]* ]]
}

# install_system_packages ask|yes GROUP...: the groups are python, coach, rehearsal, dev, arm64, packages and image. Root installs
# at once; anyone else is asked and uses sudo.
install_system_packages() {
  local may_install=$1 wanted=() group missing package
  shift
  if ! command -v apt-get >/dev/null; then
    check_without_apt "$@"
    return
  fi
  for group in "$@"; do
    case $group in
      python) if [[ ! -x .venv/bin/python ]] && ! find_python >/dev/null; then wanted+=(python3-venv); fi ;;
      coach) wanted+=("${COACH_PACKAGES[@]}") ;;
      rehearsal) wanted+=("${REHEARSAL_PACKAGES[@]}") ;;
      dev) wanted+=("${DEV_PACKAGES[@]}") ;;
      arm64) wanted+=("${ARM64_PACKAGES[@]}") ;;
      packages) wanted+=("${ARM64_PACKAGES[@]}" lintian) ;;
      image) wanted+=("${IMAGE_PACKAGES[@]}") ;;
    esac
  done
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]} > 0)) || return 0

  say "These system packages are missing:"
  for package in "${missing[@]}"; do printf '      %-20s %s\n' "$package" "${REASONS[$package]}" >&2; done
  local root=()
  if ((EUID != 0)); then
    root=(sudo)
    local remedy="as root: apt-get install ${missing[*]}"
    command -v sudo >/dev/null || fail "they need root and there is no sudo; install them $remedy"
    if [[ $may_install != yes ]] && ! ask "Install them with sudo apt-get?"; then
      fail "nothing was installed; install them $remedy"
    fi
  fi
  apt_install "${root[@]}" -- "${missing[@]}"
}

# apt_install [sudo] -- PACKAGE...: never removes a package (pulseaudio and PipeWire's ALSA plug-in exclude each other).
apt_install() {
  local root=()
  while [[ $1 != -- ]]; do
    root+=("$1")
    shift
  done
  shift
  say "Installing them with apt-get (a minute or two)"
  local get=("${root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q)
  when_unlocked "${get[@]}" update || fail "apt-get could not read the lists of packages; its message stands above."
  when_unlocked "${get[@]}" install --yes --no-install-recommends --no-remove "$@" ||
    fail "apt-get could not install them; its message stands above."
}

# when_unlocked COMMAND...: runs apt-get, and again while another program, such as the daily upgrade, has its locks: it
# waits by itself (DPkg::Lock::Timeout) for one of the three only.
when_unlocked() {
  local until=$((SECONDS + ${APT_PATIENCE_SECONDS:-600})) messages status has_waited=no
  messages=$(mktemp)
  while true; do
    status=0
    "$@" 2>&1 | tee "$messages" >&2 || status=$?
    if ((status == 0)) || ! grep -Eq '^E: (Could not get lock|Unable to (acquire|lock))' "$messages"; then break; fi
    if ((SECONDS >= until)); then
      say "Another program has kept apt-get locked for ${APT_PATIENCE_SECONDS:-600} seconds; try again when it has ended."
      break
    fi
    if [[ $has_waited == no ]]; then say "Another program is installing packages: waiting until it has ended"; fi
    has_waited=yes
    sleep "${APT_RETRY_SECONDS:-5}"
  done
  rm -f "$messages"
  return "$status"
}
