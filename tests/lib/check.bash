# SPDX-License-Identifier: GPL-2.0-or-later
# Checks and their account: one line a check, a count at the end, the exit status of the test.
# Source it; it needs nothing else.

# In the lab every output is a terminal: who starts the lab knows whether a person reads it.
if [[ -n ${NVI_COLOUR:-} ]]; then
    green=$'\e[32m' red=$'\e[31m' bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
    green='' red='' bold='' dim='' plain=''
fi
checks_passed=0
checks_failed=0
check_log=$(mktemp)

say() { printf '%s\n' "$*"; }
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
passed() { checks_passed=$((checks_passed + 1)); printf '  %s✓%s %s\n' "$green" "$plain" "$*"; }
failed() { checks_failed=$((checks_failed + 1)); printf '  %s✗%s %s\n' "$red" "$plain" "$*"; }

# check TEXT COMMAND [ARG…]: the command must succeed; what it printed is shown when it does not.
check() {
    local text=$1; shift
    if "$@" >"$check_log" 2>&1; then
        passed "$text"
    else
        failed "$text  ${dim}(status $?: $*)${plain}"
        tail -n 25 "$check_log" | sed 's/^/      /'
        return 1
    fi
}

emulated() { ! grep -q 'User Mode Linux' /proc/cpuinfo; }
# at_once COMMAND…: it succeeds; on an emulated machine, which is behind with what it was given, within 16 tries.
at_once() {
    local try
    for try in {1..16}; do
        "$@" && return 0
        emulated || return 1
    done
    return 1
}

# check_status TEXT STATUS COMMAND…: it must end with this very status; its output stays in $check_log.
check_status() {
    local text=$1 wanted=$2 status=0; shift 2
    "$@" >"$check_log" 2>&1 || status=$?
    if [[ $status == "$wanted" ]]; then
        passed "$text"
    else
        failed "$text  ${dim}(status $status, wanted $wanted: $*)${plain}"
        tail -n 25 "$check_log" | sed 's/^/      /'
        return 1
    fi
}

# check_equal TEXT WANTED GOT
check_equal() {
    if [[ $2 == "$3" ]]; then
        passed "$1"
    else
        failed "$1"
        printf '      wanted: %s\n      got:    %s\n' "$2" "$3"
        return 1
    fi
}

# check_contains TEXT WORDS: $check_log, the output of the last check, has WORDS in it.
check_contains() {
    if grep -qF -- "$2" "$check_log"; then
        passed "$1"
    else
        failed "$1  ${dim}(no \"$2\" in)${plain}"
        tail -n 25 "$check_log" | sed 's/^/      /'
        return 1
    fi
}

# wait_for SECONDS COMMAND…: asks until it succeeds, at most so long.
wait_for() {
    local end=$((${EPOCHREALTIME//[^0-9]/} + $1 * 1000000)); shift
    until "$@" >/dev/null 2>&1; do
        ((${EPOCHREALTIME//[^0-9]/} < end)) || return 1
        sleep 0.05
    done
}

# The account. Ends the test with status 0 only when something was checked and all of it held.
finish() {
    printf '\n%d checks passed, %d failed\n' "$checks_passed" "$checks_failed"
    ((checks_failed == 0 && checks_passed > 0))
}
