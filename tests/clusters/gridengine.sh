#!/usr/bin/env bash
# A real Grid Engine cell of one host (Son of Grid Engine 8.1.9, from Debian), for tests. No init system is needed.
#
#   gridengine.sh up      install and configure what is missing, start what does not run, wait until jobs can run
#   gridengine.sh down    delete all jobs and stop the daemons; what is installed stays
#   gridengine.sh status  say what runs; exit 0 when jobs can run
#
# To be run as root, as often as you like. It makes an ordinary user, `xqute`, for the jobs of the tests.
# GRIDENGINE_SLOTS is how many jobs may run at once (256).
set -euo pipefail
umask 022
export LC_ALL=C SGE_ROOT=/var/lib/gridengine SGE_CELL=default SGE_SINGLE_LINE=1

readonly user=xqute queue=all.q slots=${GRIDENGINE_SLOTS:-256}
readonly packages=(gridengine-master gridengine-exec gridengine-client)
# The programs themselves; what is in /usr/bin are shell scripts around them, which cost 30 ms a call.
readonly bin=/usr/lib/gridengine spool=/var/spool/gridengine common=$SGE_ROOT/$SGE_CELL/common
host=$(hostname)
readonly host

say() { echo "gridengine.sh: $*" >&2; }
fail() { say "$*"; exit 1; }

# --- small tools ---

# until_true SECONDS COMMAND...: run the command until it succeeds
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# pid_of NAME: the living process of that name; a zombie is none
pid_of() {
    local stat pid name state
    for stat in /proc/[0-9]*/stat; do
        { read -r pid name state _ <"$stat"; } 2>/dev/null || continue
        if [ "$name" = "($1)" ] && [ "$state" != Z ]; then echo "$pid"; return; fi
    done
    return 1
}
runs_not() { ! pid_of "$1"; }

# changed FILE KEY VALUE [KEY VALUE...]: the settings in FILE with these values; fails when they had them before
changed() {
    local file=$1 old
    shift
    old=$(sort "$file")
    while [ $# -gt 0 ]; do
        awk -v key="$1" -v value="$2" '
            $1 == key { if (!done) print key, value; done = 1; next }
            { $1 = $1; print }
            END { if (!done) print key, value }' "$file" >"$file.new"
        mv "$file.new" "$file"
        shift 2
    done
    [ "$(sort "$file")" != "$(echo "$old" | awk '{ $1 = $1; print }' | sort)" ]
}

# settings WHAT...: what qconf shows, one setting a line
settings() { "$bin/qconf" "$@" | grep -v '^#'; }

qconf() {
    local text
    text=$("$bin/qconf" "$@" 2>&1) || fail "qconf $*: $text"
}

# --- installation ---

install_packages() {
    if dpkg-query -W -f '${db:Status-Status}\n' "${packages[@]}" 2>/dev/null | grep -cx installed | grep -qx 3; then
        return
    fi
    say "installing ${packages[*]}"
    local answer log policy=/usr/sbin/policy-rc.d made=
    log=$(mktemp)
    apt-cache show gridengine-master >/dev/null 2>&1 || apt-get -qq update
    for answer in 'gridengineconfig boolean true' "gridenginecell string $SGE_CELL" "gridenginemaster string $host"; do
        printf "%s shared/$answer\n" gridengine-common "${packages[@]}"
    done | debconf-set-selections
    # The packages must start nothing: the host has no name yet that the qmaster takes, and a mail server is not wanted.
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        made=yes
    fi
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
        install "${packages[@]}" </dev/null >"$log" 2>&1 || { cat "$log" >&2; fail "the packages can't be installed"; }
    [ -z "$made" ] || rm -f $policy
    rm -f "$log"
}

# The qmaster wants the name and the address of a host to lead to each other, and the address of the loopback leads to
# `localhost`: so every name of this machine is made an alias of the one that the cell uses.
name_host() {
    local name aliases=$host
    getent ahostsv4 "$host" >/dev/null || echo "127.0.0.1 $host # gridengine.sh" >>/etc/hosts
    for name in $(hostname -f 2>/dev/null || true) $(awk '!/^#/ && $1 ~ /^(127\.|::1$)/ { $1 = ""; print }' /etc/hosts); do
        [[ $name != *#* ]] && getent ahostsv4 "$name" >/dev/null || continue
        [[ " $aliases " == *" $name "* ]] || aliases+=" $name"
    done
    if [ "$(cat $common/host_aliases 2>/dev/null)" != "$aliases" ] || [ "$(cat $common/act_qmaster)" != "$host" ]; then
        say "the host is named: $aliases"
        stop sge_execd
        stop sge_qmaster
        echo "$aliases" >$common/host_aliases
        echo "$host" >$common/act_qmaster
        chown sgeadmin:sgeadmin $common/host_aliases $common/act_qmaster
    fi
    getent services sge_qmaster >/dev/null || printf 'sge_qmaster 6444/tcp\nsge_execd 6445/tcp\n' >>/etc/services
}

make_user() { id $user >/dev/null 2>&1 || useradd --create-home --shell /bin/bash $user; }

# --- daemons ---

# The daemons hand their environment and limits on to the jobs. For each job they close every descriptor that there may
# be, one by one: with the usual limit of a container that takes longer than the job.
start() {
    local pid
    # A test that was killed may have left it stopped.
    if pid=$(pid_of "$1"); then kill -CONT "$pid"; return; fi
    (
        cd /
        ulimit -S -n 1024
        exec env -i PATH=/usr/bin:/bin HOME=/root LANG=C SGE_ROOT=$SGE_ROOT SGE_CELL=$SGE_CELL "$bin/$1"
    ) </dev/null >/dev/null 2>&1 || fail "$1 can't be started; see $spool and /tmp/*_messages"
}

stop() {
    local pid
    pid=$(pid_of "$1") || return 0
    kill -CONT "$pid"
    kill "$pid"
    until_true 40 runs_not "$1" || kill -KILL "$pid"
    until_true 5 runs_not "$1" || fail "$1 ($pid) does not end"
}

start_master() {
    install -d -o sgeadmin -g sgeadmin /var/run/gridengine
    pid_of sge_qmaster >/dev/null || rm -f $spool/qmaster/lock
    start sge_qmaster
    until_true 30 "$bin/qconf" -sh || fail "the qmaster does not answer: $("$bin/qconf" -sh 2>&1)"
}

# --- configuration ---

configure() (
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cd "$folder"

    # Accounts are written at once, and root's jobs may run. No mail, no profile of the shell read for each job.
    settings -sconf >global
    if changed global min_uid 0 min_gid 0 login_shells none mailer /bin/true gid_range 20000-20999 \
        load_report_time 0:0:2 max_u_jobs 0 max_jobs 0 max_aj_instances 100000 max_aj_tasks 100000 \
        shepherd_cmd $bin/sge_shepherd \
        reporting_params 'accounting=true reporting=false flush_time=0:0:1 accounting_flush_time=0:0:0 joblog=false'; then
        qconf -Mconf global
    fi

    # Jobs are started within a second of their submission, whatever the load.
    settings -ssconf >scheduler
    if changed scheduler schedule_interval 0:0:1 flush_submit_sec 1 flush_finish_sec 1 job_load_adjustments NONE \
        load_adjustment_decay_time 0:0:0 maxujobs 0; then
        qconf -Msconf scheduler
    fi

    "$bin/qconf" -sh | grep -qx "$host" || qconf -ah "$host"
    "$bin/qconf" -ss 2>/dev/null | grep -qx "$host" || qconf -as "$host"
    if ! "$bin/qconf" -sel 2>/dev/null | grep -qx "$host"; then
        for key in load_scaling complex_values user_lists xuser_lists projects xprojects usage_scaling report_variables; do
            echo "$key NONE"
        done >node
        echo "hostname $host" >>node
        qconf -Ae node
    fi

    printf 'group_name @allhosts\nhostlist %s\n' "$host" >group
    if ! "$bin/qconf" -shgrpl 2>/dev/null | grep -qx @allhosts; then
        qconf -Ahgrp group
    elif ! "$bin/qconf" -shgrp @allhosts | grep -Eqx "hostlist +$host"; then
        qconf -Mhgrp group
    fi
    if ! "$bin/qconf" -spl 2>/dev/null | grep -qx smp; then
        qconf -Ap /usr/share/gridengine/util/resources/pe/smp
    fi

    # As packaged, the queue's own shell runs every script, whatever its first line says.
    wanted=(qname $queue hostlist @allhosts slots "$slots" shell /bin/sh shell_start_mode posix_compliant
        load_thresholds NONE pe_list smp)
    if "$bin/qconf" -sql 2>/dev/null | grep -qx $queue; then
        settings -sq $queue >queue
        if changed queue "${wanted[@]}"; then qconf -Mq queue; fi
    else
        settings -sq >queue
        changed queue "${wanted[@]}"
        qconf -Aq queue
    fi
)

# --- what can be asked for ---

# The queue is there on this host, and no letter says that something is wrong with it.
queue_ready() { "$bin/qstat" -f -q "$queue@$host" | awk -v q=$queue@ 'index($1, q) == 1 { ok = NF == 5 } END { exit !ok }'; }

clear_queue() {
    queue_ready && return
    "$bin/qmod" -cq $queue
    "$bin/qmod" -e $queue
    queue_ready
}

up() {
    install_packages
    name_host
    make_user
    # Its wrappers in /usr/bin find out the architecture with some ten processes each time, unless it is written down.
    sed -i "s|^SGE_ARCH=.*|SGE_ARCH=$(/usr/share/gridengine/util/arch)|" /etc/default/gridengine
    start_master
    configure
    start sge_execd
    # One that has seen its qmaster go comes back by itself, within 20 s or so. To restart it would be quicker, but a new
    # one looks after the jobs that it finds only once a minute.
    if ! until_true 40 clear_queue; then
        stop sge_execd
        start sge_execd
        until_true 30 clear_queue || { "$bin/qstat" -f >&2; fail "the queue is not ready"; }
    fi
    say "up: jobs of root and of $user run in $queue@$host, $slots at once"
}

down() {
    if pid_of sge_qmaster >/dev/null && timeout 10 "$bin/qdel" -u '*' >/dev/null 2>&1; then
        until_true 10 no_jobs || timeout 20 "$bin/qdel" -f -u '*' >/dev/null 2>&1 || true
    fi
    stop sge_execd
    stop sge_qmaster
    say "down"
}
no_jobs() { [ -z "$("$bin/qstat" -u '*')" ]; }

status() {
    local name ok=0
    for name in sge_qmaster sge_execd; do
        echo "$name: $(pid_of $name || echo down)"
        pid_of $name >/dev/null || ok=1
    done
    [ $ok = 0 ] && timeout 10 "$bin/qstat" -f && queue_ready
}

case ${1:-} in
    up | down)
        [ "$(id -u)" = 0 ] || fail "only root can do that"
        "$1"
        ;;
    status) status ;;
    *)
        sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
