"""The harness's own process beside the service: it reads a plan, writes records, trusts nothing."""
