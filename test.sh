#!/usr/bin/env bash
# Builds everything and runs every test on both database engines.
#
#   ./test.sh                     all tests
#   ./test.sh Gateway             tests whose full name (namespace, class, method) contains the word; several words: any of them
#   ./test.sh -trait Row=AU-01    arguments that begin with a dash go to xunit as they are, with all that follow
#
# On a fresh Debian machine, as root, it installs what is missing (PostgreSQL, libsqlite3, Chromium, and what the tests of power cuts, failing disks and slow clients need). It starts a PostgreSQL of its own
# in a temporary folder and ends it; one that is running already is not touched. PARLEY_TEST_POSTGRES names another to use.
# PARLEY_TEST_SERVER names a server for the tests that start one.
# The last line is the verdict, "N passed, N failed", and the exit code agrees with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
# Most of the processes that tests start live for seconds: counting what they do, for code that is compiled once more, costs more than it brings.
export DOTNET_TieredPGO=0
readonly configuration=Release
readonly limit=${PARLEY_TEST_TIMEOUT:-20m}   # for one test project: a test that hangs must not hang the build

temp=$(mktemp -d "${TMPDIR:-/tmp}/parley-test-sh.XXXXXX")
chmod 711 "$temp"
postgres_folder=''   # set once the server may be running
runner=''            # set while tests run
uploads=()           # set while tus-js-client runs: engine:process id

say() { printf '%s\n' "$*"; }
give_up() { say "test.sh: $*" >&2; say '0 passed, 1 failed'; exit 1; }

clean() {
  local status=$?
  trap - EXIT
  if [ -n "$runner" ]; then kill "$runner" 2>/dev/null && wait "$runner" || true; fi
  for upload in "${uploads[@]}"; do kill "${upload#*:}" 2>/dev/null && wait "${upload#*:}" || true; done
  if [ -n "$postgres_folder" ]; then as_postgres "$postgres_bin/pg_ctl" -D "$postgres_folder" -m immediate -w stop >/dev/null 2>&1 || true; fi
  rm -rf "$temp"
  exit "$status"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "Installing $*…"
  {
    # The tests run their own PostgreSQL: Debian's package need not create one that starts with the machine.
    if [ ! -e /etc/postgresql-common ]; then
      mkdir -p /etc/postgresql-common
      printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update && apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
  } >"$temp/install.log" 2>&1 || { tail -n 20 "$temp/install.log" >&2; return 1; }
}

find_postgres() { postgres_bin=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1 | xargs -r dirname); [ -n "$postgres_bin" ]; }

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

start_postgres() {
  local home=$temp/postgres password port attempt
  mkdir "$home"
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s\n' "$password" >"$home/password"
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$home"; fi
  chmod 700 "$home"

  # Sorted like a database of a person who never thought about it: a query that relies on byte order must say so itself.
  as_postgres "$postgres_bin/initdb" -D "$home/data" -U parley --pwfile="$home/password" --auth-local=trust --auth-host=md5 \
    --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >"$temp/initdb.log" 2>&1 || { cat "$temp/initdb.log" >&2; return 1; }

  # Without fsync: dropping a test's database waits for a checkpoint, and nothing here outlives the tests.
  for attempt in 1 2 3 4 5; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))   # below the ports that the system hands out by itself
    postgres_folder=$home/data
    if as_postgres "$postgres_bin/pg_ctl" -D "$home/data" -l "$home/log" -w -t 60 \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$home -c max_connections=400 -c fsync=off -c full_page_writes=off" start >/dev/null 2>&1; then
      export PARLEY_TEST_POSTGRES="Host=127.0.0.1;Port=$port;Username=parley;Password=$password;Database=postgres"
      return
    fi
  done
  tail -n 20 "$home/log" >&2
  return 1
}

# The number in an attribute of the <assembly> element of an xunit report.
count() { sed -n "s/.*<assembly [^>]*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1; }

failed_names() {
  sed 's/<test /\n<test /g' "$1" | sed -n '/^<test [^>]*result="Fail"/s/^<test [^>]*\bname="\([^"]*\)".*/\1/p' |
    sed 's/&quot;/"/g; s/&apos;/'"'"'/g; s/&lt;/</g; s/&gt;/>/g; s/&#x[0-9A-Fa-f]*;/ /g; s/&amp;/\&/g'
}

command -v dotnet >/dev/null || give_up 'the .NET 10 SDK is missing: https://dot.net'

if [ -z "$(compgen -G '/usr/lib/*/libsqlite3.so.0')$(compgen -G '/lib/*/libsqlite3.so.0')" ]; then
  install libsqlite3-0 || say 'test.sh: libsqlite3.so.0 is missing: install libsqlite3-0' >&2
fi

# What the durability rig needs beside PostgreSQL. Where something is missing its tests are skipped.
missing=()
command -v strace >/dev/null || missing+=(strace)
[ -x /usr/sbin/mkfs.xfs ] || missing+=(xfsprogs)
[ -x /usr/sbin/mkfs.ext4 ] || missing+=(e2fsprogs)
[ -n "$(compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1')" ] || missing+=(libfaketime)
command -v slowhttptest >/dev/null || missing+=(slowhttptest)
[ -x /usr/sbin/ip ] || missing+=(iproute2)
command -v chromium >/dev/null || missing+=(chromium)
[ ${#missing[@]} = 0 ] || install "${missing[@]}" ||
  say "test.sh: ${missing[*]} missing: tests of power cuts, failing disks, clocks, slow clients, lost networks and browsers will be skipped. Install them to run these." >&2
if [ "$(id -u)" != 0 ] || ! losetup -f >/dev/null 2>&1; then
  say 'test.sh: without root or without loop devices file systems cannot be mounted: the tests of power cuts and full disks will be skipped.' >&2
fi

if [ -z "${PARLEY_TEST_POSTGRES:-}" ]; then
  find_postgres || { install postgresql && find_postgres; } || true
  if [ -n "$postgres_bin" ]; then
    start_postgres || give_up 'PostgreSQL did not start'
  elif [ "${CI:-}" = true ]; then
    give_up 'PostgreSQL is missing: install postgresql'
  else
    say 'test.sh: PostgreSQL is missing: its tests will be skipped. Install postgresql to run them.' >&2
  fi
fi

# Programs of others that the tests use. Kept beside the build, and got again when the list changes.
node_programs=no
if command -v npm >/dev/null; then
  if ! diff -qr -x node_modules test/node artifacts/test-node >/dev/null 2>&1; then
    say 'Getting test/node/package.json…'
    rm -rf artifacts/test-node
    mkdir -p artifacts/test-node.new
    cp test/node/* artifacts/test-node.new/
    if (cd artifacts/test-node.new && npm ci --ignore-scripts --no-audit --no-fund) >"$temp/npm.log" 2>&1; then
      mv artifacts/test-node.new artifacts/test-node
    else
      rm -rf artifacts/test-node.new
      tail -n 20 "$temp/npm.log" >&2
    fi
  fi
  if [ -d artifacts/test-node ]; then node_programs=yes; fi
fi
[ "$node_programs" = yes ] || say 'test.sh: without npm and its registry there is no server that speaks S3 and no client of tus: their tests will be skipped.' >&2

say 'Building…'
# Into a file: build servers outlive the build and would keep a pipe open.
dotnet build Parley.slnx -c "$configuration" -v quiet >"$temp/build.log" 2>&1 || {
  grep -E '(error|warning) [A-Z]+[0-9]+' "$temp/build.log" | sort -u | head -n 50 >&2 || tail -n 50 "$temp/build.log" >&2
  give_up 'the build failed'
}

# The server once more, compiled ahead for this machine: tests start it more than a hundred times, and half of a start is compiling. Without what that needs they start it as it was built.
compile_ahead() {
  local kind
  case $(uname -m) in x86_64) kind=linux-x64 ;; aarch64) kind=linux-arm64 ;; *) return 0 ;; esac
  if dotnet publish src/Parley -c "$configuration" -r "$kind" --no-self-contained -p:PublishReadyToRun=true -o artifacts/ready -v quiet >"$temp/ready.log" 2>&1; then
    export PARLEY_TEST_SERVER=$PWD/artifacts/ready/parley
  else
    say 'test.sh: the server cannot be compiled ahead here (runtime packs are missing): tests start it as it was built, which takes longer.' >&2
  fi
}
[ -n "${PARLEY_TEST_SERVER:-}" ] || compile_ahead

filters=()
for argument in "$@"; do
  case $argument in -*) break ;; esac
  filters+=(-method "*$argument*")
  shift
done
filters+=("$@")

# As many bytes and accidents as there is time for here; test/tus/run.sh has more. Beside the tests: it mostly waits.
start_uploads() {
  local engine
  say 'Uploading with tus-js-client…'
  for engine in sqlite postgres; do
    [ "$engine" = sqlite ] || [ -n "${PARLEY_TEST_POSTGRES:-}" ] || continue
    PARLEY_IS_BUILT=yes timeout --kill-after=30 5m test/tus/run.sh "$engine" 40 8 1 >"$temp/tus-$engine.log" 2>&1 &
    uploads+=("$engine:$!")
  done
}

passed=0 failed=0 skipped=0
names=$temp/failed
: >"$names"
for project in test/*/*.csproj samples/TestingYourApp/TestingYourApp.csproj; do
  [ -e "$project" ] || continue
  name=$(basename "$project" .csproj)
  [ "$name" != Parley.Client.Tests ] || [ "$node_programs" != yes ] || [ ${#filters[@]} != 0 ] || start_uploads
  say "Running $name…"
  report=$temp/$name.xml
  status=0
  # In the background, so that a signal to this script ends it too. Twice as many at once as there are cores: half of the time a test waits for something.
  timeout --kill-after=30 "$limit" "artifacts/bin/$name/${configuration,,}/$name" -maxThreads 2x "${filters[@]}" -noLogo -noColor -reporter quiet -xml "$report" &
  runner=$!
  wait "$runner" || status=$?
  runner=''

  if [ -s "$report" ] && [ -n "$(count total "$report")" ]; then
    wrong=$(($(count failed "$report") + $(count errors "$report")))
    passed=$((passed + $(count passed "$report")))
    failed=$((failed + wrong))
    skipped=$((skipped + $(count skipped "$report")))
    failed_names "$report" >>"$names"
    [ "$status" = 0 ] || [ "$wrong" != 0 ] || { failed=$((failed + 1)); say "$name ended with exit code $status" >>"$names"; }
  else
    failed=$((failed + 1))
    say "$name ended with exit code $status and left no report" >>"$names"
  fi
done

for upload in "${uploads[@]}"; do
  if wait "${upload#*:}"; then passed=$((passed + 1)); else failed=$((failed + 1)); say "test/tus/run.sh ${upload%%:*}" >>"$names"; fi
  cat "$temp/tus-${upload%%:*}.log"
done
uploads=()

[ ! -s "$names" ] || { say; say 'Failed:'; sed 's/^/  /' "$names"; }
[ $((passed + failed)) -gt 0 ] || say 'No test ran.'
say "$passed passed, $failed failed$([ "$skipped" = 0 ] || printf ', %s skipped' "$skipped")"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
