# SPDX-License-Identifier: GPL-2.0-or-later
# What the lab's scripts share: the cache, locks, private apt state. To be sourced.
# shellcheck shell=bash

set -euo pipefail

lab=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
repository=$(readlink -f "$lab/../..")
cache=${NVI_CACHE:-/var/cache/nvi-gateway}

die() {
    echo "lab: $*" >&2
    exit 125
}

# Progress is for people: nothing is said into a pipe.
say() {
    if [ -t 2 ]; then echo "lab: $*" >&2; fi
}

# with_lock NAME COMMAND…: one process at a time builds a part of the cache.
with_lock() {
    local name=$1 lock
    shift
    mkdir -p "$cache" || die "cannot write $cache (set NVI_CACHE to a directory that can be written)"
    exec {lock}>"$cache/.lock-$name"
    flock "$lock"
    "$@"
    exec {lock}>&-
}

# The Debian mirrors that this machine uses already: "archive" or "security".
debian_mirror() {
    local uri
    uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 'Component: main' |
        awk -v want="$1" '$2 ~ /^bookworm|^trixie/ { security = $2 ~ /-security$/
            if (security == (want == "security")) { print $1; exit } }')
    case $1 in
        archive) echo "${uri:-http://deb.debian.org/debian/}" ;;
        security) echo "${uri:-http://deb.debian.org/debian-security/}" ;;
    esac
}

# private_apt DIR SUITE…: prints the options that make apt-get and apt-cache work on these suites with lists
# and state in DIR, so that the machine's own apt configuration stays as it is.
private_apt() {
    local dir=$1 suite mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    shift
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    : >"$dir/status"
    for suite; do
        case $suite in
            *-security) mirror=$(debian_mirror security) ;;
            *) mirror=$(debian_mirror archive) ;;
        esac
        echo "deb [signed-by=$keyring] $mirror $suite main"
    done >"$dir/sources.list"
    # The hooks of the machine's configuration (docker-clean, PackageKit) are not ours to run.
    echo "-o Dir::Etc::sourcelist=$dir/sources.list -o Dir::Etc::sourceparts=/dev/null
          -o Dir::State=$dir -o Dir::State::lists=$dir/lists -o Dir::State::status=$dir/status
          -o Dir::Cache=$dir/cache -o APT::Sandbox::User=root -o APT::Update::Post-Invoke-Success::=true
          -o Acquire::Languages=none -o Acquire::Retries=3 -qq"
}

# scratch NAME: sets $new to a directory beside what will replace it; it goes when the script ends.
scratch() {
    new=$(mktemp -d "$cache/.$1.XXXXXX")
    chmod 755 "$new"
    trap 'rm -rf "$new"' EXIT
}

# unpacked NAME SUITE PACKAGE…: prints the directory of a suite's packages, unpacked into the cache and not installed.
unpacked() {
    [ -e "$cache/$1" ] || with_lock "$1" unpack_packages "$@" >&2
    echo "$cache/$1"
}
unpack_packages() {
    local name=$1 suite=$2 apt deb
    shift 2
    [ ! -e "$cache/$name" ] || return 0
    say "downloading $1"
    scratch "$name"
    apt=$(private_apt "$new/apt" "$suite")
    # shellcheck disable=SC2086
    apt-get $apt update
    # shellcheck disable=SC2086
    (cd "$new" && apt-get $apt download "$@")
    mkdir "$new/root"
    for deb in "$new"/*.deb; do dpkg -x "$deb" "$new/root"; done
    mv "$new/root" "$cache/$name"
    rm -rf "$new"
}
