#!/usr/bin/env bash
# Runs a command inside a system's folder. Called by system.sh in name spaces of its own for mounts and processes, so that
# with its last process every mount is gone, however it ends.
#
#   enter.sh SYSTEM PATH... -- COMMAND...    each PATH of this machine is there too, read-only, if it exists here
#
# CPUINFO in the environment is a file that stands for /proc/cpuinfo.
set -euo pipefail

system=$1
shift

mount -t proc proc "$system/proc"
mount --rbind /dev "$system/dev"
mount --bind /sys "$system/sys" # ONNX Runtime looks there for processors; if it finds none, it takes its plainest kernels
mount -o remount,bind,ro "$system/sys"
if [[ -n ${CPUINFO-} ]]; then
  mount --bind "$CPUINFO" "$system/proc/cpuinfo"
  unset CPUINFO
fi
while [[ $1 != -- ]]; do
  if [[ -d $1 ]]; then
    mkdir -p "$system$1"
  elif [[ -f $1 ]]; then
    mkdir -p "$(dirname "$system$1")"
    rm -f "$system$1" # a link would lead out of the system
    touch "$system$1"
  fi
  if [[ -e $1 ]]; then
    mount --bind "$1" "$system$1"
    mount -o remount,bind,ro "$system$1"
  fi
  shift
done
shift
exec chroot "$system" "$@"
