"""The contract of an engine, stated once, as behaviours every engine must show.

A behaviour takes an engine and the name of an image with a `python3`, and raises
`AssertionError` when it is not seen. `needs` are the capabilities without which an engine
does not owe it. The tests run them all; `assay doctor` may, too.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assay_sandbox import conformance_faults as faults
from assay_sandbox import conformance_life as life
from assay_sandbox import conformance_limits as limits
from assay_sandbox import conformance_network as network
from assay_sandbox.engine import Capability, Engine

Check = Callable[[Engine, str], None]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing an engine owes.

    Attributes:
        check: Raises `AssertionError` when it is not seen.
        needs: Capabilities the engine must declare to owe it.
    """

    check: Check
    needs: frozenset[Capability] = frozenset()

    @property
    def name(self) -> str:
        """A sentence in snake case."""
        return self.check.__name__

    def owed_by(self, engine: Engine) -> bool:
        """Whether this engine declares all that is needed."""
        return self.needs <= engine.capabilities


def _owed(check: Check, *needs: Capability) -> Behaviour:
    return Behaviour(check, frozenset(needs))


_ALL = (
    _owed(life.exit_status_is_reported),
    _owed(life.death_by_signal_is_128_plus_its_number),
    _owed(life.ignoring_sigterm_does_not_help_against_sigkill),
    _owed(life.command_that_cannot_run_is_an_exit),
    _owed(life.environment_is_only_ours, Capability.FILESYSTEM),
    _owed(life.output_is_handed_over_line_by_line),
    _owed(life.undecodable_output_is_kept),
    _owed(life.follow_ends_the_work_at_its_deadline),
    _owed(life.long_output_keeps_head_and_tail),
    _owed(life.flood_of_output_is_ended, Capability.LOG_LIMIT),
    _owed(life.small_budget_ends_even_a_short_flood, Capability.LOG_LIMIT),
    _owed(life.files_are_placed_before_the_start, Capability.FILESYSTEM),
    _owed(life.removal_is_idempotent_and_final),
    _owed(life.reaping_a_run_takes_everything_of_it),
    _owed(life.reaping_spares_what_has_a_living_owner),
    _owed(life.unknown_image_is_none),
    _owed(limits.memory_hog_is_killed, Capability.MEMORY_LIMIT, Capability.KERNEL_COUNTERS),
    _owed(limits.memory_hog_child_is_seen, Capability.MEMORY_LIMIT, Capability.KERNEL_COUNTERS),
    _owed(limits.processes_are_limited, Capability.PIDS_LIMIT),
    _owed(limits.root_is_read_only, Capability.READ_ONLY_ROOT),
    _owed(limits.tmp_has_a_size, Capability.DISK_LIMIT),
    _owed(limits.tmp_has_a_number_of_files, Capability.DISK_LIMIT),
    _owed(limits.cores_are_pinned, Capability.CPU_PINNING),
    _owed(limits.user_is_its_own, Capability.OWN_UID),
    _owed(limits.dangerous_system_calls_are_refused, Capability.SECCOMP),
    _owed(limits.cpu_seconds_are_exact, Capability.KERNEL_COUNTERS),
    _owed(limits.memory_is_what_the_process_holds, Capability.KERNEL_COUNTERS),
    _owed(network.service_is_reached_at_its_address),
    _owed(network.service_is_reached_at_another_of_its_ports),
    _owed(network.stand_in_is_reached_by_name),
    _owed(network.other_networks_are_out_of_reach, Capability.NETWORK),
    _owed(network.host_is_out_of_reach, Capability.NETWORK),
    _owed(network.internet_is_out_of_reach, Capability.NETWORK),
    _owed(network.names_are_not_resolved_outside, Capability.DNS_CLOSED),
    _owed(faults.capabilities_and_faults_agree),
    _owed(faults.hang_stops_everything_and_loses_nothing, Capability.HANG),
    _owed(faults.crash_ends_it_and_healing_starts_it_again, Capability.CRASH),
    _owed(faults.crash_can_heal_by_itself, Capability.CRASH),
    _owed(faults.counters_go_on_over_a_crash, Capability.CRASH, Capability.KERNEL_COUNTERS),
    _owed(faults.throttled_cpu_is_a_share_of_a_core, Capability.CPU_THROTTLE),
    _owed(faults.memory_pressure_leaves_the_headroom, Capability.MEMORY_PRESSURE),
    _owed(faults.network_cut_and_healed_at_the_same_address, Capability.NETWORK_CUT),
    _owed(faults.full_disk_refuses_and_leaves_no_trace, Capability.DISK_FULL),
    _owed(faults.healing_what_died_or_is_gone_is_no_error),
    _owed(faults.what_died_by_itself_suffers_nothing_and_stays_dead),
    _owed(faults.reaping_takes_what_is_under_a_fault),
)

BEHAVIOURS: dict[str, Behaviour] = {behaviour.name: behaviour for behaviour in _ALL}
