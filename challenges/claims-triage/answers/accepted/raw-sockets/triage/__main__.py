"""`python -m triage`: one process, one loop."""

import asyncio
import os
import signal

from triage.exports import Exports
from triage.models import Models
from triage.office import Office
from triage.server import Server

BUDGET_USD = 35.0


async def main() -> None:
    """Serve until SIGTERM."""
    exports, stop = Exports(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    exports.gauge("budget_dollars_per_day", lambda: float(os.environ.get("DAILY_BUDGET_USD", BUDGET_USD)))
    for model in ("assay-small", "assay-large"):
        exports.count("model_dollars_total", 0, model=model)
        for outcome in ("ok", "limited", "failed", "timeout", "malformed"):
            exports.count("model_calls_total", 0, model=model, outcome=outcome)
    for decision in ("auto", "human_review"):
        exports.count("decisions_total", 0, decision=decision)
    exports.count("claims_turned_away_total", 0)
    models = Models(os.environ.get("OPENAI_BASE_URL", ""), os.environ.get("OPENAI_API_KEY", ""), exports)
    await Server(Office(models, exports), exports).run(int(os.environ.get("PORT", "8080")), stop)


if __name__ == "__main__":
    asyncio.run(main())
