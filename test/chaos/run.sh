#!/usr/bin/env bash
# The durability rig: a real server under load, everything that may happen to it, and the verdict on what it promised.
# docs/internals/chaos.md explains it. The last line is the verdict, and the exit code agrees with it.
#
#   test/chaos/run.sh                            everything, with 20 power cuts per engine; takes a quarter of an hour
#   test/chaos/run.sh --short                    everything once
#   test/chaos/run.sh --engine sqlite            one engine (sqlite, postgres, both)
#   test/chaos/run.sh --faults power*2 --fs xfs  some faults, with commas between; their own file system is ext4, xfs or both
#       --runs 5 --seed 7                        … so many times, each with the next seed
#       --seconds 4                              so much load before each fault
#       --history DIR                            keeps what every client did and saw
#   test/chaos/run.sh check FILE...              judges histories that were kept
#   test/chaos/run.sh overload                   more than the server can take, and clients that make themselves heavy; takes ten minutes.
#       --short --engine sqlite --only flood     It measures speed: the machine must have two cores and nothing else to do
#
# Power cuts and full disks need root and loop devices. On a fresh Debian machine, as root, it installs what is missing.
set -euo pipefail
started_in=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec </dev/null

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
readonly bin=artifacts/bin

say() { printf '%s\n' "$*"; }
give_up() { say "run.sh: $*" >&2; exit 1; }

missing=()
[ -n "$(compgen -G '/usr/lib/*/libsqlite3.so.0')$(compgen -G '/lib/*/libsqlite3.so.0')" ] || missing+=(libsqlite3-0)
[ -n "$(compgen -G '/usr/lib/postgresql/*/bin/initdb')" ] || missing+=(postgresql)
[ -n "$(compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1')" ] || missing+=(libfaketime)
command -v strace >/dev/null || missing+=(strace)
[ -x /usr/sbin/mkfs.xfs ] && [ -x /usr/sbin/xfs_io ] || missing+=(xfsprogs)
[ -x /usr/sbin/mkfs.ext4 ] || missing+=(e2fsprogs)
command -v slowhttptest >/dev/null || missing+=(slowhttptest)
[ -x /usr/sbin/ip ] || missing+=(iproute2)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  say "Installing ${missing[*]}…"
  if [ ! -e /etc/postgresql-common ]; then
    mkdir -p /etc/postgresql-common
    printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
  fi
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >/dev/null ||
    give_up "install ${missing[*]}"
fi

commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit+=" with changes"

say 'Building…'
mkdir -p artifacts
for project in src/Parley test/chaos/Parley.Chaos; do
  dotnet build "$project" -c Release -v quiet >artifacts/chaos-build.log 2>&1 || { tail -n 30 artifacts/chaos-build.log >&2; give_up "$project does not build"; }
done

program=$PWD/$bin/Parley.Chaos/release/Parley.Chaos
cd "$started_in"   # where the files are that the arguments name
if [ "${1:-}" = check ]; then exec "$program" "$@"; fi
# In full runs the server has the other core for itself.
if [ "${1:-}" = overload ] && [ "$(nproc)" -gt 1 ] && [[ " $* " != *' --short '* ]]; then exec taskset -c 1 "$program" "$@" --commit "$commit"; fi
exec "$program" "$@" --commit "$commit"
