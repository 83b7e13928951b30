#!/bin/sh
# Finds a Python that is new enough and hands over to bootstrap.py. Every candidate is run,
# because a version manager's shim can exist and still have nothing behind it.
cd "${0%/*}/../.." || exit 1
bootstrap=huntaze/launch/bootstrap.py
enough='import sys; sys.exit(sys.version_info < (3, 12))'
too_old=''
for python in .venv/bin/python "$PYTHON" python3 python3.14 python3.13 python3.12 \
    /usr/local/bin/python3 /usr/bin/python3 python; do
    [ -n "$python" ] || continue
    "$python" -c "$enough" >/dev/null 2>&1 && exec "$python" "$bootstrap" "$@"
    [ -z "$too_old" ] && "$python" -c '' >/dev/null 2>&1 && too_old=$python
done
# None is new enough: the one that runs says so, and names its version.
[ -n "$too_old" ] && exec "$too_old" "$bootstrap" "$@"
echo 'Huntaze needs Python 3.12 or newer, and no Python was found: install one, or name it with make PYTHON=/path/to/python3.' >&2
exit 1
