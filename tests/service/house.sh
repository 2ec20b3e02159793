#!/usr/bin/env bash
# house.sh OUTER_NAMESPACE FOLDER PYTHON COMMAND...: runs COMMAND as an ordinary user in a house of its own.
#
# Its root is an overlay in a tmpfs, /tmp, /run and /dev are new, /proc/sys and /sys are read-only, and the user has no
# capability: so nothing outside can be changed by what runs here, a systemd least of all. It is called by root, inside
# `unshare --mount --pid --fork --net --ipc --uts --cgroup`.
set -euo pipefail

outer=$1 folder=$2 python=$3
shift 3
[[ $(readlink /proc/self/ns/mnt) != "$outer" ]] || exit 1 # never in the machine's own namespace

mount --make-rprivate /
mount -t tmpfs tmpfs "$folder"
mkdir "$folder"/{up,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/up,workdir=$folder/work" "$folder/root"
cd "$folder/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
mkdir -m 1777 dev/shm
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p run/user/1999 run/systemd/system run/systemd/unit-root home/guest outside
printf 'guest:x:1999:1999::/home/guest:/bin/bash\n' >>etc/passwd
printf 'guest:x:1999:\n' >>etc/group
chown -R 1999:1999 run/user/1999 home/guest sys/fs/cgroup
chmod 700 run/user/1999 home/guest
for path in "$python" "$(readlink -f "$python")" "$PYTHONPATH/x"; do # the guest may look where the program lies
  while path=$(dirname "$path") && [[ $path != / ]]; do chmod a+rx ".$path"; done
done
pivot_root . outside
umount -l /outside
cd /
ip link set lo up
exec setpriv --reuid 1999 --regid 1999 --clear-groups --inh-caps=-all --bounding-set=-all \
  env -i PATH=/usr/bin:/bin:/usr/sbin HOME=/home/guest USER=guest XDG_RUNTIME_DIR=/run/user/1999 \
  DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1999/bus "PYTHONPATH=$PYTHONPATH" "$python" "$@"
