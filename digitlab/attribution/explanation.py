"""The explanation of one answer: the steps to it, what each of them changed, and the attribution of the evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.attribution.exact import Attribution, attribute
from digitlab.attribution.linear import LinearNetwork
from digitlab.errors import UsageError
from digitlab.images.picture import Picture
from digitlab.images.spec import ImageSpec
from digitlab.preprocess.pipeline import Prepared, prepare
from digitlab.preprocess.settings import Preprocessing
from digitlab.runtime.predictor import Predictor
from digitlab.runtime.several import with_several
from digitlab.runtime.verdict import Verdict


@dataclass(frozen=True)
class WhatIf:
    """The answer without one step of the preprocessing."""

    step: str
    verdict: Verdict
    changed: bool  # another answer, not only another percentage

    def sentence(self, answer: Verdict) -> str:
        """As in `centre changed 4 to 7` or `polarity changed "unsure: 8 or 9" to 4`."""
        if not self.changed:
            return f"without {self.step}: {self.verdict}"
        before, after = (f'"{words}"' if " " in words else words for words in (self.verdict.short, answer.short))
        return f"{self.step} changed {before} to {after}"


@dataclass(frozen=True)
class Explanation:
    """One picture, its answer, and why."""

    file: str
    picture: Picture
    prepared: Prepared
    verdict: Verdict
    without: tuple[WhatIf, ...]
    attribution: Attribution | None
    no_attribution: str | None  # why there is none
    classes: tuple[str, ...]
    spec: ImageSpec  # of what the network takes


def explain(predictor: Predictor, picture: Picture, file: str) -> Explanation:
    """Explain the answer to one picture, [height, width] or, where the model takes colour, [height, width, 3]."""
    settings = predictor.info.preprocessing
    prepared, verdict = prepare(picture, settings), predictor.answer(picture)
    attribution, no_attribution = None, None
    try:
        attribution = attribute(LinearNetwork(predictor.bundle.model), prepared.image)
    except UsageError as error:
        no_attribution = error.line
    without = what_ifs(predictor, picture, settings, verdict)
    info, verdict = predictor.info, with_several(verdict, settings, picture)
    return Explanation(file, picture, prepared, verdict, without, attribution, no_attribution, info.classes, info.image)


def what_ifs(
    predictor: Predictor, picture: NDArray[np.generic], settings: Preprocessing, answer: Verdict
) -> tuple[WhatIf, ...]:
    """For each step that `settings` include, the answer without it, compared with `answer`."""
    steps = [name for name, taken in settings if taken is True]
    images = [prepare(picture, settings.model_copy(update={step: False})).image for step in steps]
    verdicts = predictor.verdicts(np.stack(images)) if images else []
    return tuple(WhatIf(*pair, pair[1].short != answer.short) for pair in zip(steps, verdicts, strict=True))
