"""Whether the log keeps personal data to itself."""

from assay.domain.checks.absent import fact_of
from assay.domain.checks.wording import joined
from assay.domain.evidence import Evidence
from assay.domain.measurements import ContractMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured


def personal_data(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of the personal values sent that did not turn up in the service's output."""
    contract = fact_of(evidence, "contract", evidence.contract)
    if not isinstance(contract, ContractMeasurement):
        return contract
    if not evidence.challenge.contract.personal_fields:
        return Unmeasured("the challenge names no personal fields")
    sent, found = contract.personal_values_sent, contract.personal_values_in_log
    if sent == 0:
        silent = "The service answered none of the rows that carried personal data."
        return NotShown(silent, "contract.personal_values_sent")
    told = f"{found:,} of {sent:,} personal values sent turned up in the service's log."
    fields = f"Fields: {', '.join(contract.leaked_fields)}." if contract.leaked_fields else ""
    return Observed(
        1 - found / sent, joined(told, fields), source="contract.personal_values_in_log"
    )
