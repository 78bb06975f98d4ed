#!/usr/bin/env bash
# Builds Parley if its source has changed and runs it.
#
#   ./run.sh                      the server, in the foreground; it prints where it listens
#   ./run.sh chat alice bob       any command of parley: here, in a second terminal, alice talking to bob
#   ./run.sh --urls http://…      options alone go to `parley serve`
#
# On a fresh Debian machine, as root, it installs libsqlite3 if it is missing. The .NET 10 SDK must be there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
readonly program=artifacts/bin/Parley/release/parley

give_up() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }

command -v dotnet >/dev/null || give_up 'the .NET 10 SDK is missing: https://dot.net'
version=$(dotnet --version 2>/dev/null) || give_up 'the .NET 10 SDK is missing (see global.json): https://dot.net'
[ "${version%%.*}" -ge 10 ] || give_up "the .NET SDK is $version; Parley needs 10 or newer: https://dot.net"

if [ -z "$(compgen -G '/usr/lib/*/libsqlite3.so.0')$(compgen -G '/lib/*/libsqlite3.so.0')$(compgen -G '/usr/lib*/libsqlite3.so.0')" ] && [ "$(uname)" = Linux ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    printf 'Installing libsqlite3-0…\n' >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libsqlite3-0; } >/dev/null </dev/null ||
      give_up 'libsqlite3-0 could not be installed'
  else
    give_up 'the library libsqlite3.so.0 is missing: install libsqlite3-0 (Debian, Ubuntu) or sqlite-libs (Fedora)'
  fi
fi

# A server that is running keeps the files it was started from: what is up to date is not built again.
is_stale() { [ ! -x "$program" ] || [ -n "$(find src Directory.Build.props Directory.Packages.props global.json -newer "$program.dll" -print -quit)" ]; }

build() {
  printf 'Building…\n' >&2
  # Into a file: build servers outlive the build and would keep a pipe, or the lock, open.
  log=$(mktemp "${TMPDIR:-/tmp}/parley-build.XXXXXX")
  if ! dotnet build src/Parley/Parley.csproj -c Release -v quiet >"$log" 2>&1 </dev/null 9>&-; then
    grep -E '(error|warning) [A-Z]+[0-9]+' "$log" | sort -u | head -n 50 >&2 || tail -n 50 "$log" >&2
    rm -f "$log"
    give_up 'the build failed'
  fi
  rm -f "$log"
  touch "$program.dll"
}

if is_stale; then
  mkdir -p artifacts
  # Several terminals that start at once build once. Where there is no flock, as on macOS, they build at the same time.
  (
    if command -v flock >/dev/null; then flock 9; fi
    if is_stale; then build; fi
  ) 9>artifacts/run.lock
fi

case ${1:-} in
  -h | --help | --version) command=("$@") ;;
  '' | -*) command=(serve "$@") ;;
  *) command=("$@") ;;
esac
if [ "${command[0]}" = serve ]; then
  printf 'Starting the server. Talk in two more terminals: ./run.sh chat alice bob and ./run.sh chat bob alice\n' >&2
fi
exec "$program" "${command[@]}"
