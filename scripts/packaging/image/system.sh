# shellcheck shell=bash
# Sourced by scripts/image: the file system of the image in a folder, from Debian's packages and the project's own.
# shellcheck disable=SC2154 # home, system, SUITE and the coach's packages are those of the script that sources this

# Each package that the image holds beyond Debian's smallest system, by what it is for.
BOARD_PACKAGES=(linux-image-arm64 raspi-firmware firmware-brcm80211 wireless-regdb initramfs-tools zstd)
SYSTEM_PACKAGES=(systemd-sysv systemd-timesyncd systemd-resolved libnss-myhostname dbus dbus-user-session libpam-systemd
  udev kmod wpasupplicant dosfstools e2fsprogs tzdata)
SOUND_PACKAGES=(alsa-utils pulseaudio pulseaudio-utils libasound2-plugins)
PYTHON_PACKAGES=(python3)
SCREEN_PACKAGES=(cage xwayland seatd chromium fonts-nanum) # cage does not start where Xwayland is missing

files=scripts/packaging/image/files

# debian_sources: lines for sources.list, from where this machine has Debian itself. The firmware of the boards is in
# non-free-firmware, which machines like this one often leave out.
debian_sources() {
  apt-get indextargets --format "\$(ORIGIN) \$(CODENAME) \$(REPO_URI)" 'Created-By: Packages' 2>/dev/null |
    awk -v suite="$SUITE" '
      $1 == "Debian" && ($2 == suite || $2 == suite "-updates" || $2 == suite "-security") && !seen[$2]++ {
        print "deb", $3, $2, "main", "non-free-firmware" }'
}

# make_root SCREEN: Debian with all packages; made anew unless it is there with the same ones.
make_root() {
  local packages=("${BOARD_PACKAGES[@]}" "${SYSTEM_PACKAGES[@]}" "${SOUND_PACKAGES[@]}" "${PYTHON_PACKAGES[@]}"
    "${COACH_PACKAGES[@]}" "${COACH_PACKAGES_ON_ARM64[@]}")
  if [[ $1 == yes ]]; then packages+=("${SCREEN_PACKAGES[@]}"); fi
  local recipe="$SUITE ${packages[*]}" list
  if [[ -f $home/made && $(<"$home/made") == "$recipe" ]]; then
    say "Debian for the image is there: $system"
    return
  fi
  remove_system
  if (($(df --output=avail --block-size=M "$home" | tail -n 1 | tr -dc 0-9) < 8000)); then
    fail "the disk of $home has less than 8 GB left; set XDG_CACHE_HOME to a folder on another one."
  fi
  mapfile -t sources < <(debian_sources)
  ((${#sources[@]} > 0)) || fail "apt knows no Debian $SUITE here; the image is made on Debian 12 only."
  say "Making Debian 12 arm64 in $system with mmdebstrap (five to fifteen minutes under emulation)"
  printf -v list '%s,' "${packages[@]}"
  mkdir -p "$system"
  watched boxed mmdebstrap --mode=root --variant=minbase --architectures=arm64 --include="${list%,}" \
    --setup-hook="cp -r --no-preserve=ownership $PWD/$files/etc/initramfs-tools $PWD/$files/etc/default \"\$1/etc/\"" \
    --setup-hook="mkdir -p \"\$1/usr/share\"; cp -r $PWD/$files/usr/share/initramfs-tools \"\$1/usr/share/\"" \
    --dpkgopt=force-unsafe-io --dpkgopt=force-confold --aptopt='Apt::Install-Recommends "false"' \
    "$SUITE" "$system" "${sources[@]}" || lost "mmdebstrap could not make the system."
  printf '%s\n' "$recipe" >"$home/made"
}

# install_coach PACKAGE: the coach as on any other Debian; the image's own unit, in /etc, takes the place of the package's.
install_coach() {
  local package=$1 given=$system/srv/install state
  state=$(sha256sum <"$package")
  if [[ -f $home/installed && $(<"$home/installed") == "$state" ]]; then return; fi
  rm -rf --one-file-system "$given" "$home/installed"
  mkdir -p "$given"
  cp "$package" "$given/voice-coach.deb"
  say "Installing the coach into the image (a minute under emulation)"
  watched in_system sh -ec "
    dpkg --install /srv/install/voice-coach.deb
    rm -rf /srv/install" || lost "the coach could not be installed in the arm64 system."
  printf '%s\n' "$state" >"$home/installed"
}

# finish_root: what makes of a Debian system the coach's own: users, files, services; it may be done again.
finish_root() {
  say "Finishing the system (a minute or two under emulation)"
  cp -r --no-preserve=ownership,mode "$files/." "$system/"
  cp --parents --no-preserve=ownership,mode scripts/packaging/image/boot_file.py scripts/packaging/image/prepare.py \
    "$system/usr/local/lib/voice-coach/"
  forget_lent_paths
  mkdir -p "$system/srv/install"
  cp scripts/packaging/image/write_unit.py scripts/packaging/image/finish.sh "$system/srv/install/"
  watched enter -- sh -ec "
    /opt/voice-coach/bin/python3 /srv/install/write_unit.py >/etc/systemd/user/voice-coach.service
    sh /srv/install/finish.sh" || lost "the system could not be finished."
  rm -rf --one-file-system "$system/srv/install"
  ln -sf ../run/systemd/resolve/stub-resolv.conf "$system/etc/resolv.conf"
}

# forget_lent_paths: removes the places at which this machine's own files were mounted (enter.sh leaves them empty).
forget_lent_paths() {
  local path
  while IFS= read -r path; do
    if [[ -f $system$path && ! -s $system$path ]]; then rm -f "$system$path"; fi
    if [[ -d $system$path ]]; then rmdir --ignore-fail-on-non-empty --parents "${system:?}$path" 2>/dev/null || true; fi
  done < <(lent_paths | grep '^/' | sort --unique)
}

# remove_image_system: deletes what is kept between two calls.
remove_image_system() {
  remove_system
  rm -rf --one-file-system "$home/installed" "$home/package"
}
