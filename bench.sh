#!/usr/bin/env bash
# Measures the server under load, and what it costs: docs/performance.md says what the figures are.
#
#   ./bench.sh                         everything on both engines; writes docs/performance.jsonl and docs/performance.md
#   ./bench.sh W1 --engine sqlite      one workload (W1, W1r, W2 to W5, W7 to W10), one engine (sqlite, postgres, both); only prints
#   ./bench.sh "W1 saturated"          one of its paces: saturated, 10,000/s, 1 outstanding; of W7 statuses, coming and going; only prints
#   ./bench.sh W1 --seconds 5          measures so long at most after the warm-up; only prints
#   ./bench.sh W8 --record             one workload that has no peers, and puts it in its place in the same two files
#   ./bench.sh W9 --peers nginx --record   one that has, with them
#   ./bench.sh --peers                 everything, and beside Parley the systems chat could be built on; writes the same two files
#   ./bench.sh W1 --peers ejabberd     one workload, and the peers whose names begin so; only prints
#   ./bench.sh --quick                 sees in a minute that everything works; the figures mean little; only prints
#
# The server and its database get core 0, the generator core 1. Keep the machine quiet: "foreign %" says how quiet it was.
# On a fresh Debian machine, as root, it installs what is missing (PostgreSQL, libsqlite3; for the peers ejabberd, Prosody, mosquitto, nginx, Node), and lets
# none of it start with the machine. What it measures it starts itself, on 127.0.0.1, in temporary folders, and ends it again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
readonly bin=artifacts/bin

say() { printf '%s\n' "$*"; }
give_up() { say "bench.sh: $*" >&2; exit 1; }

full=yes
record=no
peers=''
arguments=()
case ${1:-} in
  W* | all) full=no; arguments+=(--workload "$1"); shift ;;
esac
while [ $# -gt 0 ]; do
  case $1 in
    --peers)
      peers=all
      if [ $# -gt 1 ] && [[ $2 != -* ]]; then full=no; peers=$2; shift; fi
      arguments+=(--peers "$peers") ;;
    --record) full=no; record=yes ;;
    *) full=no; arguments+=("$1") ;;
  esac
  shift
done

# Debian starts what it installs, now and with the machine; nothing of this is wanted as a service.
install() {
  local policy=/usr/sbin/policy-rc.d service own=no status=0
  say "Installing $*…"
  if [ ! -e /etc/postgresql-common ]; then
    mkdir -p /etc/postgresql-common
    printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
  fi
  if [ ! -e "$policy" ]; then
    own=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >/dev/null || status=$?
  if [ "$own" = yes ]; then rm -f "$policy"; fi
  if command -v systemctl >/dev/null; then
    for service in "$@" epmd; do systemctl disable "$service" >/dev/null 2>&1 || true; done
  fi
  [ "$status" = 0 ] || give_up "install $*"
}

missing=()
[ -n "$(compgen -G '/usr/lib/*/libsqlite3.so.0')$(compgen -G '/lib/*/libsqlite3.so.0')" ] || missing+=(libsqlite3-0)
[ -n "$(compgen -G '/usr/lib/postgresql/*/bin/initdb')" ] || missing+=(postgresql)
if [ -n "$peers" ]; then
  [ -e /usr/share/ejabberd/sql/pg.sql ] || missing+=(ejabberd)
  [ -n "$(compgen -G '/usr/lib/erlang/lib/p1_pgsql-*')" ] || missing+=(erlang-p1-pgsql)
  command -v prosody >/dev/null || missing+=(prosody)
  [ -n "$(compgen -G '/usr/lib/*/lua/5.4/dbd/sqlite3.so')" ] || missing+=(lua-dbi-sqlite3)
  [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
  [ -x /usr/sbin/nginx ] || missing+=(nginx)
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
fi
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then install "${missing[@]}"; fi

commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit+=" with changes"
arguments+=(--commit "$commit")
if [ "$full" = yes ]; then arguments+=(--out docs/performance.jsonl --page docs/performance.md); fi
if [ "$record" = yes ]; then arguments+=(--record --out docs/performance.jsonl --page docs/performance.md); fi

say 'Building…'
mkdir -p artifacts
projects=(src/Parley bench/Parley.Bench bench/Parley.Bench.Device)
[ -z "$peers" ] || projects+=(bench/peers/RelayPeer bench/peers/SignalRPeer)
for project in "${projects[@]}"; do
  dotnet build "$project" -c Release -v quiet >"$bin-build.log" 2>&1 || { tail -n 30 "$bin-build.log" >&2; give_up "$project does not build"; }
done
if [ -n "$peers" ]; then
  mkdir -p artifacts/peers
  cp -r bench/peers/socketio artifacts/peers/
  (cd artifacts/peers/socketio && npm ci --omit=dev) >"$bin-build.log" 2>&1 || { tail -n 30 "$bin-build.log" >&2; give_up 'bench/peers/socketio does not install'; }
fi

# 10,000 connections are 10,000 files on each side. Where the limit is lower, the bench raises it, or says which of its workloads cannot be run.
ulimit -n "$(ulimit -Hn)"
exec taskset -c 1 "$bin/Parley.Bench/release/Parley.Bench" "${arguments[@]}"
