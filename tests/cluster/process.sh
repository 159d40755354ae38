# shellcheck shell=bash disable=SC2154 # Names from settings.sh and the caller.
# Sourced: background processes that are found and ended by id, and waiting.
#
# A pid file holds the id and the start time, because ids are used again: after
# a crash or a reboot, somebody else's process is never taken for one of ours.

# started_at PID: in clock ticks since boot; nothing when there is no such process.
started_at() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The command name, in parentheses, may contain anything; the rest is fields 3….
    stat=${stat##*) }
    read -r -a stat <<<"$stat"
    # A zombie has ended.
    [[ ${stat[0]} != Z ]] && echo "${stat[19]}"
}

# start NAME COMMAND…: in a session of its own, with its output in log/NAME.
start() {
    local name=$1
    shift
    mkdir -p "$state/pid" "$state/log"
    # Descriptor 9 is the caller's lock, which would outlive the caller. In a directory of its own: conmon leaves a file `oom` where Podman
    # was started.
    env --chdir="$state" setsid "$@" </dev/null >"$state/log/$name" 2>&1 9>&- &
    echo "$! $(started_at $!)" >"$state/pid/$name"
}

running() {
    local pid stamp
    read -r pid stamp 2>/dev/null <"$state/pid/$1" || return 1
    [[ -n $stamp && $(started_at "$pid") == "$stamp" ]]
}

pid_of() {
    cut -d' ' -f1 "$state/pid/$1"
}

# stop NAME: asks it to end, and ends it after ten seconds.
stop() {
    local pid attempt
    if running "$1"; then
        pid=$(pid_of "$1")
        kill "$pid" 2>/dev/null || true
        for ((attempt = 0; attempt < 200; attempt++)); do
            running "$1" || break
            sleep 0.05
        done
        if running "$1"; then
            kill -KILL "$pid" 2>/dev/null || true
        fi
    fi
    rm -f "$state/pid/$1"
}

# wait_until NAME WHAT COMMAND…: until COMMAND succeeds, for as long as the
# process NAME runs, and at most a minute.
wait_until() {
    local name=$1 what=$2 deadline=$((SECONDS + 60))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! running "$name"; then
            echo "error: $name ended while waiting for $what; the end of $state/log/$name:" >&2
            tail -n 15 "$state/log/$name" >&2
            return 1
        fi
        if ((SECONDS > deadline)); then
            echo "error: no $what within a minute; see $state/log/$name" >&2
            return 1
        fi
        sleep 0.1
    done
}

# take_lock NAME: one script at a time; the others wait for it.
take_lock() {
    mkdir -p "$state"
    exec 9>"$state/$1.lock"
    flock 9
}
