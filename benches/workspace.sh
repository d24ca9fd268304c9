#!/usr/bin/env bash
# A workspace of 10 000 small files: `tito init` against `cp -a` of its result, `tito update --check` with nothing to do against `git status`,
# and `tito update` to a release in which every second file is new. Prints times (the best of several) and ratios.
#
#     cargo build --release && benches/workspace.sh [FILES] [FOLDER]
#
# Needs bash, git, coreutils. FOLDER: where to work; the numbers depend on its file system.
set -euo pipefail
cd "$(dirname "$0")/.."

tito=${TITO:-$PWD/target/release/tito}
files=${1:-10000}
folder=$(mktemp -d "${2:-${TMPDIR:-/tmp}}/tito-bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# base RELEASE: 20 modules, and the rest shared files of some 300 bytes, 50 to a folder.
base() {
    mkdir -p base/shared
    {
        printf 'catalog: big\nversion: 1.0.%s\ntitle: A big base\npackage: bigpkg\nmodules:\n' "$1"
        for m in $(seq 20); do printf '  - {id: m%s, title: Module %s}\n' "$m" "$m"; done
    } > base/catalog.yml
    for m in $(seq 20); do
        mkdir -p "base/modules/m$m"
        printf '# %%%% [markdown]\n# # Module %s\n\n# %%%%\n#| default_exp m%s\n' "$m" "$m" > "base/modules/m$m/m$m.py"
    done
    awk -v files="$((files - 20))" -v release="$1" 'BEGIN {
        for (n = 0; n < files; n++) {
            folder = "base/shared/data/" int(n / 50)
            if (n % 50 == 0) system("mkdir -p " folder)
            file = folder "/file" n ".txt"
            for (line = 0; line < 6; line++)
                print "line " line " of file " n ", release " (n % 2 ? release : 1) ", as it is" > file
            close(file)
        }
    }'
}

# best COUNT COMMAND…: the shortest of some runs, in milliseconds; PREPARE is run before each, untimed.
best() {
    local count=$1 least= before after
    shift
    for _ in $(seq "$count"); do
        eval "${PREPARE:-:}"
        before=$(date +%s%N)
        "$@" > /dev/null
        after=$(date +%s%N)
        if [ -z "$least" ] || [ $((after - before)) -lt "$least" ]; then least=$((after - before)); fi
    done
    echo $((least / 1000000))
}

show() { # what, ms of tito, against what, ms of it
    awk -v a="$1" -v b="$2" -v c="$3" -v d="$4" 'BEGIN { printf "%-42s %7d ms   %-22s %7d ms   ratio %.2f\n", a, b, c, d, b / d }'
}

base 1
printf 'course: {id: bench/big}\nbase: {from: {path: base}}\n' > course.yml

PREPARE='rm -rf w; sync' init=$(best 3 "$tito" init w --config course.yml)
PREPARE='rm -rf copy; sync' copy=$(best 3 cp -a w copy)
rm -rf copy
show "tito init, $files files" "$init" "cp -a of the result" "$copy"
PREPARE='rm -rf copy; sync' copy=$(best 3 sh -c 'cp -a w copy && sync -f copy')
show "tito init, $files files" "$init" "cp -a, and sync" "$copy"
rm -rf copy

(cd w && git init -q && printf '.tinytorch/\n' > .gitignore && git add -A && git -c user.name=b -c user.email=b@b commit -qm all && git status --short > /dev/null)
check=$(cd w && best 5 "$tito" update --check)
git=$(cd w && best 5 git status)
show "tito update --check, nothing to do" "$check" "git status" "$git"

rm -rf base
base 2
sync
update=$(cd w && best 1 "$tito" update)
commit=$(cd w && best 1 sh -c 'git add -A && git -c user.name=b -c user.email=b@b commit -qm second && sync -f .')
show "tito update, every second file" "$update" "git commit of it, sync" "$commit"
