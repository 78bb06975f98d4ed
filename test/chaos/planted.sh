#!/usr/bin/env bash
# Plants bugs in a server of its own, one after the other, and shows that the rig's checker or the tests notice each, and nothing where none is.
# docs/internals/chaos.md explains it. Takes some minutes. The last line is "N of N planted bugs were caught", and the exit code agrees with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec </dev/null

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

say() { printf '%s\n' "$*"; }
give_up() { say "planted.sh: $*" >&2; say 'No planted bug was caught'; exit 1; }

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

say 'Building…'
mkdir -p artifacts
build() { dotnet build "$@" -c Release -v quiet >artifacts/planted-build.log 2>&1 || { tail -n 30 artifacts/planted-build.log >&2; give_up "$1 does not build"; }; }
build test/chaos/Parley.Chaos
build src/Parley -p:PlantedBugs=true
build test/Parley.Server.Tests -p:PlantedBugs=true

readonly planted=$PWD/artifacts/planted/bin
exec artifacts/bin/Parley.Chaos/release/Parley.Chaos planted \
  --server "$planted/Parley/release/parley" --limits bench/limits.json --tests "$planted/Parley.Server.Tests/release/Parley.Server.Tests"
