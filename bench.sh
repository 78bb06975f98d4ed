#!/usr/bin/env bash
# Measures the server under load, and what it costs: docs/performance.md says what the figures are.
#
#   ./bench.sh                         everything on both engines; writes docs/performance.jsonl and docs/performance.md
#   ./bench.sh W1 --engine sqlite      one workload (W1 to W5), one engine (sqlite, postgres, both); only prints
#   ./bench.sh "W1 saturated"          one of its paces: saturated, 10,000/s, 1 outstanding; only prints
#   ./bench.sh W1 --seconds 5          measures so long at most after the warm-up; only prints
#   ./bench.sh --quick                 sees in a minute that everything works; the figures mean little; only prints
#
# The server and its database get core 0, the generator core 1. Keep the machine quiet: "foreign %" says how quiet it was.
# On a fresh Debian machine, as root, it installs what is missing (PostgreSQL, libsqlite3).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
readonly bin=artifacts/bin

say() { printf '%s\n' "$*"; }
give_up() { say "bench.sh: $*" >&2; exit 1; }

missing=()
[ -n "$(compgen -G '/usr/lib/*/libsqlite3.so.0')$(compgen -G '/lib/*/libsqlite3.so.0')" ] || missing+=(libsqlite3-0)
[ -n "$(compgen -G '/usr/lib/postgresql/*/bin/initdb')" ] || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  say "Installing ${missing[*]}…"
  if [ ! -e /etc/postgresql-common ]; then
    mkdir -p /etc/postgresql-common
    printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
  fi
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >/dev/null ||
    give_up "install ${missing[*]}"
fi

full=$([ $# = 0 ] && echo yes || echo no)
arguments=()
case ${1:-} in
  W* | all) arguments+=(--workload "$1"); shift ;;
esac
arguments+=("$@")

commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || commit+=" with changes"
arguments+=(--commit "$commit")
if [ "$full" = yes ]; then arguments+=(--out docs/performance.jsonl --page docs/performance.md); fi

say 'Building…'
mkdir -p artifacts
for project in src/Parley bench/Parley.Bench; do
  dotnet build "$project" -c Release -v quiet >"$bin-build.log" 2>&1 || { tail -n 30 "$bin-build.log" >&2; give_up "$project does not build"; }
done

# 5,000 connections are 5,000 files on each side.
ulimit -n "$(ulimit -Hn)"
exec taskset -c 1 "$bin/Parley.Bench/release/Parley.Bench" "${arguments[@]}"
