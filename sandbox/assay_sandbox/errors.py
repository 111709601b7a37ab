"""What can go wrong in the sandbox, and whose fault it is.

SandboxError
├── EngineUnavailable     no engine answers: the machine needs setting up (platform)
├── EngineFault           the engine failed or did not answer in time (platform)
└── SpecRefused           we were asked for something the engine cannot enforce (platform)

A submission that fails to build, exits, floods its log or eats its memory is *not* an
error here: it is a returned value (`BuildFailed`, `Exited`), because it is an observation.
"""


class SandboxError(Exception):
    """A fault of the platform, never of the submission."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class EngineUnavailable(SandboxError):
    """No container engine answers."""


class EngineFault(SandboxError):
    """The engine failed, or did not answer within its deadline."""


class SpecRefused(SandboxError):
    """A limit or an isolation was asked for that this engine cannot enforce."""
