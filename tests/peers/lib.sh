# What the suites share: installing fixed versions, starting and stopping processes. Sourced, not run.

# Where tools are installed and servers keep their files; nothing of it is committed.
cache="${WIRELOOM_TEST_CACHE:-$PWD/tests/.cache}"
mkdir -p "$cache"

# Processes to stop at the end, by id.
started_pids=()

run() {
    echo "+ $*"
    "$@"
}

need() {
    command -v "$1" >/dev/null || { echo "tests/run needs \`$1\`: $2" >&2; exit 1; }
}

# debian COMMAND PACKAGE…: Debian's packages, where the command is missing.
debian() {
    local command=$1
    shift
    command -v "$command" >/dev/null && return 0
    command -v apt-get >/dev/null || { echo "tests/run needs \`$command\`: install $*" >&2; exit 1; }
    local as_root=()
    [[ $(id -u) -eq 0 ]] || as_root=(sudo)
    run "${as_root[@]}" apt-get -qq update
    run "${as_root[@]}" apt-get -qq install -y --no-install-recommends "$@"
}

stop_started() {
    local pid
    for pid in "${started_pids[@]:-}"; do
        # What ends by the signal has a status of its own, which is none of the suite.
        [[ -n "$pid" ]] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    done
    started_pids=()
}
trap stop_started EXIT

# start LOG COMMAND…: starts a process that is stopped at the end; its id stands in $started.
start() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 &
    started=$!
    started_pids+=("$started")
}

# wait_until WHAT PID LOG COMMAND…: until the command succeeds, while the process runs, 20 seconds at most.
wait_until() {
    local what=$1 pid=$2 log=$3 tries
    shift 3
    for tries in $(seq 200); do
        "$@" 2>/dev/null && return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "nothing $what:" >&2
    cat "$log" >&2
    return 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

# wait_for_port PORT PID LOG: until something listens at the port of 127.0.0.1.
wait_for_port() { wait_until "listens at $1" "$2" "$3" listens "$1"; }

# wait_for_http URL PID LOG: until the address answers.
wait_for_http() { wait_until "answers at $1" "$2" "$3" curl -s -o /dev/null "$1"; }

# free_port: one that nobody listens at.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# python_tools REQUIREMENTS: a virtual environment with exactly these; its folder stands in $venv.
python_tools() {
    need python3 "install Python 3.10 or newer"
    venv="$cache/venv-$(sha256sum "$1" | cut -c1-12)"
    [[ -e "$venv/.complete" ]] && return 0
    rm -rf "$venv"
    run python3 -m venv "$venv"
    run "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$1"
    touch "$venv/.complete"
}

# node_tools FOLDER: the packages of its package-lock.json; its bin folder stands in $node_bin.
node_tools() {
    need npm "install Node 20 or newer"
    local place
    place="$cache/node-$(sha256sum "$1/package-lock.json" | cut -c1-12)"
    node_bin="$place/node_modules/.bin"
    [[ -e "$place/.complete" ]] && return 0
    rm -rf "$place"
    mkdir -p "$place"
    cp "$1/package.json" "$1/package-lock.json" "$place/"
    (cd "$place" && run npm ci --no-audit --no-fund --silent)
    touch "$place/.complete"
}

# go_tool PACKAGE VERSION: a program in Go, built from its module; where it lies stands in $go_tool.
go_tool() {
    need go "install Go 1.24 or newer"
    local place="$cache/go-${1##*/}-$2"
    go_tool="$place/${1##*/}"
    [[ -e "$place/.complete" ]] && return 0
    rm -rf "$place"
    GOBIN="$place" run go install "$1@$2"
    touch "$place/.complete"
}
