"""What the git server gives one client, and all of them together."""

import os
from dataclasses import dataclass, field

MIB = 2**20


@dataclass(frozen=True, slots=True)
class GitLimits:
    """Limits that hold whatever the challenge says.

    Attributes:
        slots: Requests that have git at work at once; a push that is only watched has none.
        pushes: Pushes at once, watched ones included.
        at_work: Pushes that are looked through or recorded at once: each runs git command after
            command, and pages need the processor, too.
        pack_s: From the start of a request until it ends or its push is recorded: 20 MiB come
            through a line of 128 kbit/s.
        silent_s: How long a client may send nothing that is waited for, and take nothing that
            is sent.
        follow_s: How long a push may be watched.
        abandoned_s: What a push that arrived whole still gets when its client has left.
        inspect_s: How long the tree of a push may take to look at.
        pause_s, longest_pause_s: Between two looks at an evaluation that has nothing new: at
            first, and the longest it grows to.
        settle_s: Between two searches for pushes that were accepted and not recorded.
        request_bytes: Largest request that is no push.
        drained_bytes: Of a push that is too large, what is read before the line is cut: git
            shows no answer before it has sent everything.
        history_times: How many times the largest tree a repository may take with its history.
        wrong_tokens, wrong_per_s: Wrong tokens from one address for one repository, and in
            which time, until it has to wait.
    """

    slots: int = 16
    pushes: int = 200
    at_work: int = field(default_factory=lambda: max(2, len(os.sched_getaffinity(0))))
    pack_s: float = 1800.0
    silent_s: float = 60.0
    follow_s: float = 2 * 3600.0
    abandoned_s: float = 60.0
    inspect_s: float = 10.0
    pause_s: float = 0.25
    longest_pause_s: float = 2.0
    settle_s: float = 15.0
    request_bytes: int = 4 * MIB
    drained_bytes: int = 512 * MIB
    history_times: int = 4
    wrong_tokens: int = 10
    wrong_per_s: float = 60.0
