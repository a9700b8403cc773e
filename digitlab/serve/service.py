"""The parts of a service, put together: what one process runs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from digitlab.serve import logs
from digitlab.serve.app import make_app
from digitlab.serve.edge import Edge
from digitlab.serve.gate import Gate
from digitlab.serve.guard import Guard
from digitlab.serve.inference import Inference
from digitlab.serve.lanes import Lane
from digitlab.serve.limits import MOST_HEAVY, MOST_LIGHT, THREADS
from digitlab.serve.metrics import Metrics
from digitlab.serve.models import Models
from digitlab.serve.preparing import Preparing
from digitlab.serve.settings import ServeConfig


class Service:
    """Everything but the connections.

    Args:
        config: what was asked for.

    Raises:
        DigitlabError: a bundle cannot be used.
    """

    def __init__(self, config: ServeConfig) -> None:
        self.threads = ThreadPoolExecutor(THREADS, "heavy")
        self.models = Models(config.bundles)
        self.metrics = Metrics()
        self.gate = Gate(self.metrics.inside)
        heavy = self._heavy = Lane(MOST_HEAVY)
        self._preparing = Preparing(self.threads, heavy)
        inference = Inference(self.models, Lane(MOST_LIGHT), heavy, self.threads, self.metrics)
        app = make_app(self.models, heavy, self._preparing, self.metrics, lambda: self.gate.stopping)
        self.asgi = Edge(app, inference, Guard(config), self.gate, self.metrics)
        self._reloading = asyncio.Lock()
        self._reload_waits = False
        for model in self.models.all():
            self.metrics.bundle(model.name, model.version, active=True)

    @property
    def is_at_work(self) -> bool:
        """Whether a thread does something, also for requests that were answered with 503 or 504 before it was done."""
        return self._heavy.is_used or self._reloading.locked()

    def close(self) -> None:
        """Kill the processes that are still at work, and begin nothing more."""
        self._preparing.close()
        self.models.close()
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def reload(self) -> None:
        """Read the bundles again, while requests go on; once more where it is asked for meanwhile, however often."""
        if self._reload_waits:
            return
        self._reload_waits = True
        async with self._reloading:
            self._reload_waits = False
            before = {model.name: model.version for model in self.models.all()}
            for reloaded in await self.models.reload():
                outcome = "refused" if reloaded.refused else "changed" if reloaded.changed else "unchanged"
                self.metrics.exchange(outcome)
                if reloaded.changed:
                    self.metrics.bundle(reloaded.name, before[reloaded.name], active=False)
                    self.metrics.bundle(reloaded.name, reloaded.version, active=True)
                logs.write(
                    "bundle",
                    level="error" if reloaded.refused else "info",
                    model=reloaded.name,
                    version=reloaded.version,
                    outcome=outcome,
                    **({"why": reloaded.refused} if reloaded.refused else {}),
                )
