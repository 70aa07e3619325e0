#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The faceanon authors
#
# How the program faceanon does, by its --metrics-port on loopback; for the probes of containers, so by bash alone.
set -euo pipefail

usage() {
    cat <<'END'
usage: container-health live|playing [PORT]

live     faceanon answers at http://127.0.0.1:PORT/metrics (9464)
playing  and masked frames leave
END
}

case ${1-} in
    live) wanted='faceanon_up\{.*\} [01]' ;;
    playing) wanted='faceanon_up\{.*\} 1' ;;
    --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
esac
port=${2:-9464}
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n' >&3
answer=$(timeout 4 cat <&3)
grep -qE "^$wanted" <<<"$answer"
