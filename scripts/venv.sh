# Makes .venv and installs this package into it, with the extra named in $1 (or none). Sourced by the other scripts.
# A stamp remembers what was installed, so the second time takes no time.

fail() {
    echo "error: $1" >&2
    exit 1
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found: install one, or name it: PYTHON=/path/to/python3 $0"
}

make_venv() {
    extra=$1
    venv=$root/.venv
    stamp=$venv/.installed${extra:+-$extra}
    if [ -f "$stamp" ] && [ ! "$root/pyproject.toml" -nt "$stamp" ]; then
        return
    fi
    if [ ! -x "$venv/bin/pip" ]; then
        python=$(find_python) || exit 1
        "$python" -c 'import venv, ensurepip' 2>/dev/null ||
            fail "this Python cannot make virtual environments: install its venv module (Debian, Ubuntu: sudo apt install python3-venv)"
        "$python" -m venv --clear "$venv" || fail "cannot make $venv: see above"
    fi
    echo "installing into .venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check --editable "$root${extra:+[$extra]}" >&2 ||
        fail "pip could not install the package: see above"
    touch "$stamp"
}
