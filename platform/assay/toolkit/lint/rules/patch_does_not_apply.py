"""A patch applies to the reference as it is now, alone: that is a mutant."""

from collections.abc import Iterator
from pathlib import Path

from assay.domain.errors import BadInput
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential
from assay.toolkit.patching import ThrowawayRepository, throwaway_repository


def _check(draft: Draft) -> Iterator[Found]:
    patches = [*(patch for *_, patch in draft.planted() if patch.is_file()), *_answers(draft)]
    if not patches or not draft.reference.is_dir():
        return
    with throwaway_repository(draft.reference) as repository:
        for patch in patches:
            yield from _applied(draft, repository, patch)


def _answers(draft: Draft) -> list[Path]:
    return sorted((draft.root / "answers").glob("*/*/*.patch"))


def _applied(draft: Draft, repository: ThrowawayRepository, patch: Path) -> Iterator[Found]:
    """One patch of several of an answer is tried alone too: they are merged as branches."""
    try:
        repository.patched(patch)
    except BadInput as refusal:
        yield from (draft.on(draft.name_of(patch), one.message) for one in refusal.problems)


RULE = essential("patch-does-not-apply", "Every patch applies alone to the reference.", _check)
