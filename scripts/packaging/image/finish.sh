#!/bin/sh
# Run by scripts/image inside the image's system: users, services, what is never started, what leads to memory.
set -eu

getent group gpio >/dev/null || groupadd --system gpio
if ! getent passwd coach >/dev/null; then
  groupadd --gid 1000 coach
  useradd --uid 1000 --gid 1000 --no-create-home --home-dir /home/coach --shell /usr/sbin/nologin \
    --comment "Voice coach" coach
fi
for group in audio video render input gpio; do usermod --append --groups "$group" coach; done
passwd --quiet --lock root # nobody logs in; whoever wants to look inside has the card
mkdir -p /etc/pulse/default.pa.d /home/coach /data /boot/firmware /var/lib/systemd/linger /var/lib/systemd/timesync
touch /var/lib/systemd/linger/coach # the coach's services start with the board
chown systemd-timesync: /var/lib/systemd/timesync

mkdir -p /etc/systemd/system/wpa_supplicant@wlan0.service.d
ln -sf /usr/local/lib/voice-coach/wifi.conf /etc/systemd/system/wpa_supplicant@wlan0.service.d/voice-coach.conf
systemctl --quiet disable wpa_supplicant@wlan0 # a rule of udev starts it when there is a Wi-Fi
systemctl --quiet enable systemd-networkd systemd-resolved systemd-timesyncd voice-coach-prepare
mkdir -p /etc/systemd/user/default.target.wants
ln -sf ../voice-coach.service /etc/systemd/user/default.target.wants/voice-coach.service
# What would write to the root, or do what a new image does instead.
systemctl --quiet mask getty@tty1 systemd-random-seed systemd-machine-id-commit systemd-rfkill.service systemd-rfkill.socket \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  systemd-networkd-wait-online wpa_supplicant.service alsa-restore alsa-state systemd-pstore

echo mirror >/etc/hostname
printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n' >/etc/hosts
ln -sf /run/voice-coach/localtime /etc/localtime
rm -f /etc/timezone
: >/etc/machine-id # each card gets its own at its first start
mkdir -p /var/lib/dbus && ln -sf /etc/machine-id /var/lib/dbus/machine-id
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /etc/apt/sources.list /usr/share/doc/* /usr/share/man/* \
  /usr/share/info/* /var/log/*
find /usr/share/locale -mindepth 1 -maxdepth 1 ! -name 'en*' ! -name 'ko*' -exec rm -rf {} +

python3 -m compileall -q /usr/local/lib/voice-coach
mount --bind /boot/firmware /boot/firmware # else it takes this for a board whose first partition is missing
DEB_MAINT_PARAMS=configure /etc/kernel/postinst.d/z50-raspi-firmware # what the board reads before Linux runs
# It writes rw; the root is never mounted so, not even for a moment. Nothing of Linux is to be seen on the screen.
sed -i 's/ rw / ro /; s/ rootwait/ rootwait quiet vt.global_cursor_default=0/' /boot/firmware/cmdline.txt
